// A driver that aborts its process.
process.once('message', () => {
  process.abort()
})
