import WeirCore
import WeirSnapshot

/// Gives the states of an operator their numbers, the same for ever.
///
/// A state keeps the number that the snapshot knows it by; a new one gets the lowest that no state
/// ever had. All subtasks register the same states in the same order, so they agree.
struct StateRegistry {
    /// What the snapshot knows and the operator has not registered.
    private var restored: [StateSchema]
    private var registered: [StateSchema] = []
    /// States that may be given up.
    private let dropped: Set<String>
    private var next: UInt16

    /// Starts from the states of a snapshot; those in `dropped` may be given up.
    init(restored: [StateSchema], dropped: Set<String> = []) {
        self.restored = restored
        self.dropped = dropped
        next = restored.map(\.id).max().map { $0 + 1 } ?? 0
    }

    /// The states as the next manifest lists them.
    var schemas: [StateSchema] { (registered + restored).sorted { $0.id < $1.id } }

    /// Names of states in the snapshot that nothing has registered.
    var unmatched: [String] {
        restored.filter { !$0.isRetired }.map(\.name).sorted()
    }

    /// The number of a state.
    ///
    /// - Throws: `ambiguousName`, `incompatibleState`.
    mutating func register(
        _ descriptor: StateDescriptor,
        operatorName: String
    ) throws(WeirError) -> UInt16 {
        let name = descriptor.name
        if registered.contains(where: { $0.name == name }) {
            throw WeirError(
                .ambiguousName,
                "The operator \(operatorName) has two states named \(name).",
                position: operatorName,
                fix: "Give one of them another name."
            )
        }
        var id = next
        if let index = restored.firstIndex(where: { $0.name == name && !$0.isRetired }) {
            let old = restored[index]
            if let difference = difference(old, descriptor) {
                guard dropped.contains(name) else {
                    throw incompatible(name, operatorName, difference)
                }
                restored[index].kind = StateSchema.retired
                next += 1
            } else {
                id = old.id
                restored.remove(at: index)
            }
        } else {
            next += 1
        }
        registered.append(
            StateSchema(
                id: id,
                name: name,
                kind: descriptor.kindNumber,
                keySchema: descriptor.keySchema,
                valueSchema: descriptor.valueSchema
            )
        )
        return id
    }

    private func difference(_ old: StateSchema, _ new: StateDescriptor) -> String? {
        if old.kind != new.kindNumber {
            return "It was of kind \(old.kind), and is of kind \(new.kindNumber) now."
        }
        if old.keySchema != new.keySchema {
            return "Its keys were \(text(old.keySchema)), and are \(text(new.keySchema)) now."
        }
        if old.valueSchema != new.valueSchema {
            return "Its values were \(text(old.valueSchema)), and are \(text(new.valueSchema)) now."
        }
        return nil
    }

    /// A schema for people: a byte about the layout, then text.
    private func text(_ schema: [UInt8]) -> String {
        schema.count < 2
            ? "of layout \(schema)" : "\"\(String(decoding: schema.dropFirst(), as: UTF8.self))\""
    }

    private func incompatible(
        _ name: String,
        _ operatorName: String,
        _ difference: String
    ) -> WeirError {
        WeirError(
            .incompatibleState,
            "The state \(name) of \(operatorName) is not the one in the snapshot.",
            position: operatorName,
            reason: difference,
            fix: "Give the operator or the state another name, or start with --drop-state \(name)."
        )
    }

    /// Refuses states that nothing has registered, unless they are to be dropped.
    ///
    /// - Throws: `unmatchedState`.
    mutating func settle(
        dropping dropped: Set<String>,
        operatorName: String
    ) throws(WeirError) {
        let left = unmatched.filter { !dropped.contains($0) }
        guard left.isEmpty else {
            throw WeirError(
                .unmatchedState,
                "The snapshot holds state of \(operatorName) that the job does not know: "
                    + left.joined(separator: ", ") + ".",
                position: operatorName,
                fix: "Put the state back, or give it up with --drop-state \(left[0])."
            )
        }
        for index in restored.indices { restored[index].kind = StateSchema.retired }
    }
}
