// A driver that ends its process.
process.once('message', () => process.exit(3))
