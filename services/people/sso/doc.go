// Package sso lets people sign in where their county has them sign in for
// everything (统一身份认证): by OpenID Connect, with the authorization code flow,
// PKCE, state and nonce. It says who somebody is there; whether that is anybody
// here, others know.
//
//   - Nothing but the issuer's own address is fetched or led to, whatever its
//     documents say, and what it answers is bounded in time and size.
//   - What it says is believed when it is signed by its keys, for this program, about
//     this attempt, and not too old by the county's clock.
package sso
