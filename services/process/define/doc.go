// Package define reads declarations of workflows and the forms that are filled in
// by them. It reads strictly: what it does not know it refuses, with the line.
package define

import (
	"embed"
	"io/fs"

	"feisui/pkg/message"
)

//go:embed messages
var messages embed.FS

// Messages holds what is said about declarations that cannot be read, and about
// forms that are not filled in as they should be.
var Messages = message.MustLoad(fs.Sub(messages, "messages"))
