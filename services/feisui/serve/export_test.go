package serve

// Event is what goes out on the bus for an entry.
var Event = event
