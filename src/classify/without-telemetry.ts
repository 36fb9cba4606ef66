// From 1.29 on, ONNX Runtime's Linux library sends usage data to its vendor unless this is set before it is loaded. A
// hospital's machine must not. Import this file first wherever onnxruntime-node is imported.
process.env['ORT_DISABLE_TELEMETRY'] = '1'
