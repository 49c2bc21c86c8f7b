@_exported public import WeirCore
