package main

import "feisui/services/feisui/serve"

type openAPICmd struct{}

// Run prints the document that GET /v1/openapi.json answers with; make gen keeps
// it in schemas/openapi.json.
func (*openAPICmd) Run(stdout output) error {
	document, err := serve.Document()
	if err != nil {
		return err
	}
	_, err = stdout.Write(document)
	return err
}
