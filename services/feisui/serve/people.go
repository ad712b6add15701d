package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"feisui/schemas"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
	"feisui/services/people/sso"
	"feisui/services/portal"
	"feisui/services/process"
)

// openPeople opens who acts. Every process asks them who asks, and writes the
// audit log, also where the people's routes are elsewhere.
func (s *Server) openPeople(ctx context.Context, c Config) error {
	public := c.TLSCert != "" || c.BehindProxy != ""
	also, err := s.factorKeyAlso(ctx, c)
	if err != nil {
		return err
	}
	var key *keep.Key
	err = s.patiently(ctx, func() (err error) {
		key, err = s.factorKey(ctx, c)
		return err
	})
	if err != nil {
		return err
	}
	err = s.patiently(ctx, func() (err error) {
		s.people, err = keep.Open(ctx, keep.Config{
			Pool: s.pool, Now: c.Clock, Log: c.Log, Public: public, CheapHashes: c.CheapHashes, FactorKey: key, FactorKeyAlso: also,
			Issuer: c.SSO.Issuer,
		})
		return err
	})
	if err != nil {
		return err
	}
	s.closing(func() error {
		if err := s.people.Close(); err != nil {
			return fmt.Errorf("数据库没有应答，审计记录没有写完 (%w)", err)
		}
		return nil
	})
	s.trail = s.people.Trail
	return s.patiently(ctx, func() error { return s.sealFactors(ctx) })
}

// openSSO knows where else people sign in, and asks nothing of it yet.
func (s *Server) openSSO(c Config) (err error) {
	var mistake *sso.Mistake
	if s.sso, err = sso.Open(c.SSO, c.Clock, c.Log); errors.As(err, &mistake) {
		return &Mistake{mistake.Chinese, mistake.English, nil}
	}
	if s.sso != nil {
		s.closing(func() error { s.sso.Close(); return nil })
	}
	return err
}

// source is what the people's routes answer from.
func (s *Server) source() api.Source {
	return api.Source{
		People: func() *keep.People { return s.people }, County: s.named, Organisations: s.organisations, Proxied: s.proxied,
		Demo: s.demoAccounts, Words: portal.Word, Elsewhere: s.sso,
	}
}

// named gives the county of a name, and of "" the only one.
func (s *Server) named(name string) (string, error) {
	if name != "" {
		_, err := s.county(name)
		return name, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.counties) == 1 {
		for only := range s.counties {
			name = only
		}
		return name, nil
	}
	return "", refuse(http.StatusNotFound, "COUNTY_UNKNOWN", "请写明县（county）", "name the county: more than one is served here")
}

// organisations says what is recorded under a code, by whatever process.
func (s *Server) organisations(ctx context.Context, name, code string) (is []people.Organisation, err error) {
	c, err := s.county(name)
	if err == nil {
		err = c.past.catchUp(ctx)
	}
	if err != nil {
		return nil, err
	}
	if len(c.past.stream("community/"+code)) > 0 {
		is = append(is, people.Community)
	}
	of, known, err := partiesOf(c.past.stream("department/" + code))
	street := known && (of.Kind == "street" || of.Kind == "custodian")
	if known && of.Kind != "street" {
		is = append(is, people.Department)
	}
	if street || c.past.isStreet(code) {
		is = append(is, people.Street)
	}
	return is, err
}

// isStreet reports that a community says that it is below a street.
func (p *past) isStreet(code string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for e := range p.events.After(0) {
		if !strings.HasPrefix(e.Stream, "community/") {
			continue
		}
		of, _, err := partiesOf([]schemas.Event{e.Event})
		if err == nil && of.Street == code {
			return true
		}
	}
	return false
}

// Loaded says whether a county holds the sample that a request brought, and
// whether it has anything of its own: facts that somebody else recorded, or people.
func (s *Server) Loaded(ctx context.Context, county, request string) (sample, others bool, err error) {
	if others, err = s.people.Own(ctx, county); err != nil {
		return false, others, err
	}
	for e, err := range s.journal.After(ctx, county, 0, 0) {
		if err != nil {
			return sample, others, err
		}
		switch {
		case e.Request == request && e.Actor == operator.ID:
			sample = true
		case !strings.HasPrefix(e.Actor, "service:") && e.Actor != process.System.ID: // which say what day it is, which flags stand, and open cases
			others = true
		}
	}
	return sample, others, nil
}

// Demo makes an account for each role in a county that holds the sample of a
// request. It fails with keep.ErrNoDemo where there is anything of the county's
// own, people or facts; those who are there already stay.
func (s *Server) Demo(ctx context.Context, county, request, password string, of keep.DemoScopes) error {
	there, err := s.people.List(ctx, county, "", "", 1)
	if err != nil {
		return err
	}
	if len(there) == 0 {
		sample, others, err := s.Loaded(ctx, county, request)
		if err != nil {
			return err
		}
		if !sample || others {
			return keep.ErrNoDemo
		}
	}
	if err := s.people.Demo(ctx, county, password, of); err != nil {
		return err
	}
	s.mu.Lock()
	s.demoPassword = password
	s.mu.Unlock()
	return nil
}
