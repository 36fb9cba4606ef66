// A driver that never answers.
process.once('message', () => {
  for (;;);
})
