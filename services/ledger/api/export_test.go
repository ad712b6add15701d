package api

// FeeOf is feeOf.
var FeeOf = feeOf

// UnitOf is unitOf.
var UnitOf = unitOf
