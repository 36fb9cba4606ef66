// From 1.29 on, ONNX Runtime's Linux library reports its use to its maker unless this is set before it is loaded; a hospital's
// machine reports to nobody. Import this first wherever onnxruntime-node is imported.
process.env['ORT_DISABLE_TELEMETRY'] = '1'
