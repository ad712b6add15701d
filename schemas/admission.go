package schemas

import "feisui/pkg/civil"

// AdmissionDecided says whether the competent authority lets a department's item
// into communities (准入).
type AdmissionDecided struct {
	No          string     `json:"no" jsonschema:"准入编号"`
	Department  string     `json:"department" jsonschema:"部门"`
	Item        string     `json:"item" jsonschema:"事项"`
	Document    string     `json:"document,omitempty" jsonschema:"文号"`
	From        civil.Date `json:"from,omitzero" jsonschema:"有效期起"`
	To          civil.Date `json:"to,omitzero" jsonschema:"有效期止"`
	Communities []string   `json:"communities,omitempty" jsonschema:"适用社区; absent: all"`
	Decision    string     `json:"decision" jsonschema:"结论: admitted, conditional or denied"`
	DecidedOn   civil.Date `json:"decided_on,omitzero" jsonschema:"决定日期; absent: covers nothing"`
}

// AdmissionSupplemented says the whole again, with what was not given
// before filled in.
type AdmissionSupplemented AdmissionDecided

// AdmissionRevoked says that an admission covers no task issued from a day on.
type AdmissionRevoked struct {
	No        string     `json:"no"`
	RevokedOn civil.Date `json:"revoked_on" jsonschema:"撤销日期"`
}

func (AdmissionDecided) Type() string      { return "admission.decided" }
func (AdmissionSupplemented) Type() string { return "admission.supplemented" }
func (AdmissionRevoked) Type() string      { return "admission.revoked" }

func (e AdmissionDecided) Stream() string      { return "admission/" + e.No }
func (e AdmissionSupplemented) Stream() string { return "admission/" + e.No }
func (e AdmissionRevoked) Stream() string      { return "admission/" + e.No }
