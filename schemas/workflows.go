package schemas

import "embed"

// Workflows holds the workflows as they are declared in workflows/*.yaml: version
// 1 of each. A county goes on from there by adopting versions of its own.
//
//go:embed workflows/*.yaml
var Workflows embed.FS
