@_exported public import WeirConnectors
@_exported public import WeirControl
@_exported public import WeirCore
@_exported public import WeirData
@_exported public import WeirOperators
@_exported public import WeirPlan
@_exported public import WeirState
