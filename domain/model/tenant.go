package model

// OfTenant returns the field that says of which tenant an entity is, if there are tenants.
func (s *Struct) OfTenant() (f Field, ok bool) {
	if s.Tenant == "" {
		return Field{}, false
	}
	return s.Named(s.Tenant)
}

// Keys returns the fields by which an entity is told apart in a database: the key, after the tenant
// whose own it is.
func (s *Struct) Keys() []Field {
	if tenant, ok := s.OfTenant(); ok && s.OwnKeys() {
		return []Field{tenant, s.Key()}
	}
	return []Field{s.Key()}
}

// WithinTenant reports whether an entity and what it refers to are of the same tenant.
func (p *Project) WithinTenant(entity *Struct, r Reference) bool {
	return entity.Tenant != "" && p.Keeping(r.To).Entity.Tenant != ""
}

// OwnKeys reports whether the keys of a tenant are its own: they are no UUIDs, and another tenant
// may have the same.
func (s *Struct) OwnKeys() bool { return s.Tenant != "" && s.Key().Type.Kind != UUID }
