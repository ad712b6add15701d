package api

// FeeOf is feeOf.
var FeeOf = feeOf

// FoundOf is foundOf.
var FoundOf = foundOf

// UnitOf is unitOf.
var UnitOf = unitOf
