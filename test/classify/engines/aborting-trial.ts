// A driver that aborts, as some do.
process.once('message', () => {
  process.abort()
})
