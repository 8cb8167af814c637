package model

// OfTenant returns the field that says of which tenant an entity is, if there are tenants.
func (s *Struct) OfTenant() (f Field, ok bool) {
	if s.Tenant == "" {
		return Field{}, false
	}
	return s.Named(s.Tenant)
}

// WithinTenant reports whether an entity and what it refers to are of the same tenant.
func (p *Project) WithinTenant(entity *Struct, r Reference) bool {
	return entity.Tenant != "" && p.Keeping(r.To).Entity.Tenant != ""
}
