@_exported public import WeirSimulation
@_exported public import WeirSnapshot
