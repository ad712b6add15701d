package serve

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"feisui/pkg/local"
	"feisui/services/people/keep"
)

// factorKeyName is the file in a data folder by whose key second factors are sealed,
// unless another is named.
const factorKeyName = "factor.key"

// factorKey gives the key by which second factors are sealed, and makes it where nothing
// is sealed yet and the database is this server's own: what is made beside somebody
// else's may be gone at the next start. Without one the server runs all the same, and
// takes recovery codes.
func (s *Server) factorKey(ctx context.Context, c Config) (*keep.Key, error) {
	if !s.runs("people") || c.FactorKeyFile == "" && c.Data == "" {
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	}
	path, named := c.FactorKeyFile, c.FactorKeyFile != ""
	if !named {
		path = filepath.Join(c.Data, factorKeyName)
	}
	text, err := s.readFactorKey(ctx, path, named)
	if errors.Is(err, fs.ErrNotExist) && !named {
		there, err := keep.FactorsOf(ctx, s.pool)
		if err != nil {
			return nil, err
		}
		if there.Sealed > 0 || s.postgres == nil {
			s.lacksFactorKey(ctx, path, there)
			return nil, nil //nolint:nilnil // likewise: whoever sets up a factor is told what to do
		}
		if text, err = local.MakeKey(path); err != nil {
			return nil, noFactorKey(path, err)
		}
	} else if err != nil {
		return nil, noFactorKey(path, err)
	}
	return keyOf(text, path)
}

// factorKeyAlso gives the other key that opens second factors while the key is changed.
func (s *Server) factorKeyAlso(ctx context.Context, c Config) (*keep.Key, error) {
	if !s.runs("people") || c.FactorKeyAlsoFile == "" {
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	}
	text, err := s.readFactorKey(ctx, c.FactorKeyAlsoFile, true)
	if err != nil {
		return nil, noFactorKey(c.FactorKeyAlsoFile, err)
	}
	return keyOf(text, c.FactorKeyAlsoFile)
}

func keyOf(text, path string) (*keep.Key, error) {
	secret, err := hex.DecodeString(text)
	if err == nil && len(secret) != local.KeyBytes {
		err = errors.New("it has another length")
	}
	if err != nil {
		return nil, noFactorKey(path, err)
	}
	return keep.NewKey(secret)
}

// lacksFactorKey says what comes of it that there is no key, and nothing where nothing does.
func (s *Server) lacksFactorKey(ctx context.Context, path string, there keep.Factors) {
	if there == (keep.Factors{}) {
		return
	}
	comes := []string{"不能设置第二因素 (none is set up)"}
	if there.Sealed > 0 {
		comes = append(comes, "已加密的不能核对动态验证码，备用码照常 (of those that are sealed no code is taken, but recovery codes are)")
	}
	if there.Clear > 0 {
		comes = append(comes, "有的仍以明文存在数据库里，有数据库备份的人能算出动态验证码 (some stand in the clear, and who has a dump has their codes)")
	}
	if there.Required {
		comes = append(comes, "按设置必须有第二因素而还没有的人设置不了（503），什么也打不开 (who must have one and has none gets 503, and nothing else)")
	}
	s.log.WarnContext(ctx, "没有第二因素的密钥：用 --factor-key-file 指定密钥文件，或放回原来的；见 README “The key of second factors”"+
		" (second factors have no key: name its file, or put it back)",
		slog.String("file", path), slog.String("so", strings.Join(comes, "；")), slog.Int("sealed", there.Sealed), slog.Int("clear", there.Clear))
}

// readFactorKey reads the key's file. One that is named may be mounted, with a mode that
// lets others read it.
func (s *Server) readFactorKey(ctx context.Context, path string, named bool) (string, error) {
	if !named {
		return local.ReadKey(path)
	}
	text, open, err := local.ReadMountedKey(path)
	if open {
		s.log.WarnContext(ctx, "第二因素的密钥文件别的账号也能读：有它又有数据库备份的人能算出动态验证码；能改的，请 chmod 600"+
			" (others may read the key of second factors)", slog.String("file", path))
	}
	return text, err
}

func noFactorKey(path string, err error) error {
	return &Mistake{
		"第二因素的密钥文件 " + path + " 不能用：应为 64 位十六进制数，别的账号不能写，数据文件夹里的也不能读（chmod 600）。从备份取回；从未有过的，用 (umask 077; openssl rand -hex 32 > " + path +
			") 生成。原来的丢了也可以另生成：各人先用备用码登录，再由系统管理员清除第二因素，重新设置",
		"the key of second factors cannot be used: expected 64 hexadecimal digits that no other account may write, nor read in the data folder", err,
	}
}

// oldKeyGoes says when the key of before is needed no more: a process that still has it seals
// by it what is set up there, also after the first start with the new one.
const oldKeyGoes = "让人登录的每个进程都用新密钥启动以后，用 feisui people factor-key 旧密钥文件 核对，为 0 才可去掉 --factor-key-also-file，销毁旧密钥"

// FactorKeyIn reads a file with a key of second factors, and fails with *Mistake for what is
// none.
func FactorKeyIn(path string) (*keep.Key, error) {
	text, _, err := local.ReadMountedKey(path)
	if err != nil {
		return nil, noFactorKey(path, err)
	}
	return keyOf(text, path)
}

// sealFactors seals what stands in the clear from before there was a key, and by the new key
// what the other had sealed, and says what neither opens.
func (s *Server) sealFactors(ctx context.Context) error {
	if s.people.FactorKey == nil {
		return nil
	}
	did, err := s.people.SealFactors(ctx)
	if err != nil {
		return err
	}
	if did.Clear > 0 {
		s.log.InfoContext(ctx, "second factors that stood in the clear are sealed; dumps from before have them", slog.Int("factors", did.Clear))
	}
	if did.Other > 0 {
		s.log.InfoContext(ctx, "第二因素已改用新密钥；旧密钥还要留着："+oldKeyGoes+" (second factors are sealed by the new key; the other one is to be kept until a later start says that it may go)",
			slog.Int("factors", did.Other))
	} else if s.people.FactorKeyAlso != nil && did.Strange == 0 {
		s.log.InfoContext(ctx, "没有第二因素由另一个密钥加密；"+oldKeyGoes+" (no second factor is sealed by the other key; it may go once every process runs with the new one)")
	}
	if did.Strange > 0 {
		s.log.ErrorContext(ctx, "第二因素的密钥不是原来那个：有的动态验证码不能核对，请取回原来的密钥文件，用 --factor-key-also-file 指定，或由系统管理员清除这些人的第二因素；见 README “The key of second factors”"+
			" (second factors were sealed by another key: no code of theirs is taken, but recovery codes are)", slog.Int("factors", did.Strange))
	}
	return nil
}
