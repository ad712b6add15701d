package main

import (
	"fmt"
	"os"
	"strings"

	"feisui/services/people/sso"
)

// oidcFlags say where the county has its people sign in for everything.
//
//nolint:lll // what people read of a flag stands in its tag
type oidcFlags struct {
	Issuer     string `placeholder:"URL" env:"FEISUI_OIDC_ISSUER" help:"统一身份认证的地址，可从那里登录 (an OpenID Connect issuer, to sign in with it)."`
	Client     string `placeholder:"ID" env:"FEISUI_OIDC_CLIENT" help:"它给本系统的编号 (as which it knows this program)."`
	SecretFile string `placeholder:"FILE" env:"FEISUI_OIDC_SECRET_FILE" help:"存放它给本系统的密钥的文件；也可用环境变量 FEISUI_OIDC_SECRET (a file with the secret; or FEISUI_OIDC_SECRET)."`
	Secret     string `hidden:"" env:"FEISUI_OIDC_SECRET" help:"the secret itself, from the environment."`
	Redirect   string `placeholder:"URL" env:"FEISUI_OIDC_REDIRECT" help:"登录后回到哪里：https://本服务的名字/sign-in/elsewhere (where it sends people back to)."`
	Claim      string `placeholder:"NAME" env:"FEISUI_OIDC_CLAIM" help:"回答中哪一项是人员编号，缺省 sub (which claim says who somebody is)."`
	Name       string `placeholder:"TEXT" env:"FEISUI_OIDC_NAME" help:"登录按钮上怎么称呼它，缺省 统一身份认证 (what the button calls it)."`
}

// config reads the secret from its file, where it is in one.
func (f *oidcFlags) config() (sso.Config, error) {
	c := sso.Config{Issuer: f.Issuer, Client: f.Client, Secret: f.Secret, Redirect: f.Redirect, Claim: f.Claim, Name: f.Name}
	if f.SecretFile == "" {
		return c, nil
	}
	text, err := os.ReadFile(f.SecretFile)
	if err != nil {
		return c, fmt.Errorf("--oidc-secret-file: 密钥文件读不出 (the secret cannot be read): %w", err)
	}
	c.Secret = strings.TrimSpace(string(text))
	return c, nil
}
