/// A node of an `OrderedTable`'s trees: 4 KiB, records in the order of their keys by memcmp.
///
/// ```
/// 0   count u16 | heap start u16 | garbage u16 | level u8 | 0 u8
/// 8   live u16 | even dirty u16 | odd dirty u16 | clean tombstones u16
/// 16  next leaf u64 | 24  previous leaf u64 | 32  chunk u64 | 40  group u32 | prefix u16 | 0 u16
/// 48  slots: record offset u16 | EntryFlags u8 | 0 u8 | head u32
///     ... free ...
///     records, from the page's end downwards: key length u16 | value length u16 | key | value
/// ```
/// A key or value longer than 256 bytes lies outside: its length field is 65535 and its place holds
/// address u64 | length u64. In an inner page (level > 0) a value is the address of a child, its
/// key a lower bound of the child's keys, and the first key counts as less than all others.
struct OrderedPage: Equatable {
    // SAFETY: made only from the start of a page that the table allocated; slots are below `count`,
    // and record offsets come from `insert`, which checks the room before.
    let start: UnsafeMutableRawPointer

    static let size = 4096
    static let headerBytes = 48
    static let slotBytes = 8
    static let longestInline = 256
    static let outside: UInt16 = .max

    init(_ start: UnsafeMutableRawPointer) { self.start = start }

    init?(bits: UInt64) {
        guard let start = UnsafeMutableRawPointer(bitPattern: UInt(bits)) else { return nil }
        self.start = start
    }

    /// The address as an integer.
    var bits: UInt64 { UInt64(UInt(bitPattern: start)) }

    /// Makes fresh memory an empty page.
    func clear(level: Int, group: Int, chunk: Int) {
        start.initializeMemory(as: UInt8.self, repeating: 0, count: Self.headerBytes)
        set(2, UInt16(Self.size))
        start.storeBytes(of: UInt8(level), toByteOffset: 6, as: UInt8.self)
        start.storeBytes(of: UInt64(chunk), toByteOffset: 32, as: UInt64.self)
        start.storeBytes(of: UInt32(group), toByteOffset: 40, as: UInt32.self)
    }

    func get(_ offset: Int) -> UInt16 {
        start.load(fromByteOffset: offset, as: UInt16.self)
    }

    func set(_ offset: Int, _ value: UInt16) {
        start.storeBytes(of: value, toByteOffset: offset, as: UInt16.self)
    }

    var count: Int { Int(get(0)) }
    var heapStart: Int { Int(get(2)) }
    /// Bytes of the heap that no record uses.
    var garbage: Int { Int(get(4)) }
    var level: Int { Int(start.load(fromByteOffset: 6, as: UInt8.self)) }
    var chunk: Int { Int(start.load(fromByteOffset: 32, as: UInt64.self)) }
    var group: Int { Int(start.load(fromByteOffset: 40, as: UInt32.self)) }

    /// Records that are not tombstones.
    var liveCount: Int {
        get { Int(get(8)) }
        nonmutating set { set(8, UInt16(newValue)) }
    }
    var cleanTombstones: Int {
        get { Int(get(14)) }
        nonmutating set { set(14, UInt16(newValue)) }
    }
    var next: OrderedPage? {
        get { OrderedPage(bits: start.load(fromByteOffset: 16, as: UInt64.self)) }
        nonmutating set {
            start.storeBytes(of: newValue?.bits ?? 0, toByteOffset: 16, as: UInt64.self)
        }
    }
    var previous: OrderedPage? {
        get { OrderedPage(bits: start.load(fromByteOffset: 24, as: UInt64.self)) }
        nonmutating set {
            start.storeBytes(of: newValue?.bits ?? 0, toByteOffset: 24, as: UInt64.self)
        }
    }

    /// Records with this dirty flag.
    func dirtyCount(_ flag: UInt8) -> Int { Int(get(flag == EntryFlags.evenEpoch ? 10 : 12)) }

    func addDirty(_ flag: UInt8, _ change: Int) {
        set(flag == EntryFlags.evenEpoch ? 10 : 12, UInt16(dirtyCount(flag) + change))
    }

    /// Bytes for one more slot and its record, without and with tidying up.
    var room: Int { heapStart - Self.headerBytes - count * Self.slotBytes }
    var roomWhenCompact: Int { room + garbage }
    var usedBytes: Int { Self.size - Self.headerBytes - roomWhenCompact }

    func flags(_ slot: Int) -> UInt8 {
        start.load(fromByteOffset: slotOffset(slot) + 2, as: UInt8.self)
    }

    func setFlags(_ slot: Int, _ flags: UInt8) {
        start.storeBytes(of: flags, toByteOffset: slotOffset(slot) + 2, as: UInt8.self)
    }

    func slotOffset(_ slot: Int) -> Int { Self.headerBytes + slot * Self.slotBytes }

    private func record(_ slot: Int) -> UnsafeMutableRawPointer {
        start + Int(get(slotOffset(slot)))
    }

    /// The key of a record; valid until the page changes.
    func key(_ slot: Int) -> UnsafeRawBufferPointer {
        let record = record(slot)
        return Self.field(record + 4, record.loadUnaligned(as: UInt16.self))
    }

    /// The value of a record; valid until the page changes.
    func value(_ slot: Int) -> UnsafeRawBufferPointer {
        let record = record(slot)
        let keyField = record.loadUnaligned(as: UInt16.self)
        return Self.field(
            record + 4 + Self.fieldBytes(keyField),
            record.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        )
    }

    /// The child of an inner page.
    func child(_ slot: Int) -> OrderedPage {
        guard let child = OrderedPage(bits: value(slot).loadUnaligned(as: UInt64.self)) else {
            preconditionFailure("an inner page without a child")
        }
        return child
    }

    private static func field(_ place: UnsafeRawPointer, _ length: UInt16) -> UnsafeRawBufferPointer
    {
        if length != outside { return UnsafeRawBufferPointer(start: place, count: Int(length)) }
        let address = UInt(place.loadUnaligned(as: UInt64.self))
        let count = Int(place.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count)
    }

    private static func fieldBytes(_ length: UInt16) -> Int { length == outside ? 16 : Int(length) }

    /// Bytes of a record with its slot.
    static func recordBytes(key: Int, value: Int) -> Int {
        slotBytes + 4 + (key > longestInline ? 16 : key) + (value > longestInline ? 16 : value)
    }

    private func heapBytes(_ slot: Int) -> Int {
        let record = record(slot)
        return 4 + Self.fieldBytes(record.loadUnaligned(as: UInt16.self))
            + Self.fieldBytes(record.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }

    /// Adds a record at a slot; there must be room.
    func insert(
        _ slot: Int,
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        flags: UInt8,
        _ payloads: PayloadAllocator
    ) {
        let bytes = Self.recordBytes(key: key.count, value: value.count) - Self.slotBytes
        let record = openSlot(slot, bytes, flags)
        let keyField = Self.store(key, at: record + 4, payloads)
        let valueField = Self.store(value, at: record + 4 + Self.fieldBytes(keyField), payloads)
        record.storeBytes(of: keyField, as: UInt16.self)
        record.storeBytes(of: valueField, toByteOffset: 2, as: UInt16.self)
        noteInserted(slot)
    }

    private func openSlot(_ slot: Int, _ bytes: Int, _ flags: UInt8) -> UnsafeMutableRawPointer {
        precondition(room >= bytes + Self.slotBytes, "\(bytes) bytes into a page with \(room)")
        let place = start + slotOffset(slot)
        (place + Self.slotBytes).copyMemory(
            from: place,
            byteCount: (count - slot) * Self.slotBytes
        )
        set(2, UInt16(heapStart - bytes))
        set(0, UInt16(count + 1))
        set(slotOffset(slot), UInt16(heapStart))
        place.storeBytes(of: 0, toByteOffset: 3, as: UInt8.self)
        setFlags(slot, flags)
        return start + heapStart
    }

    private static func store(
        _ bytes: UnsafeRawBufferPointer,
        at place: UnsafeMutableRawPointer,
        _ payloads: PayloadAllocator
    ) -> UInt16 {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return 0 }
        if bytes.count <= longestInline {
            place.copyMemory(from: source, byteCount: bytes.count)
            return UInt16(bytes.count)
        }
        let payload = payloads.allocate(bytes.count)
        payload.copyMemory(from: source, byteCount: bytes.count)
        place.storeBytes(of: UInt64(UInt(bitPattern: payload)), as: UInt64.self)
        place.storeBytes(of: UInt64(bytes.count), toByteOffset: 8, as: UInt64.self)
        return outside
    }

    /// Overwrites a value in place; false if it has not the length of the old one.
    func replaceValue(_ slot: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let old = value(slot)
        guard old.count == bytes.count else { return false }
        UnsafeMutableRawBufferPointer(mutating: old).copyMemory(from: bytes)
        return true
    }

    /// Takes a record out and gives back what lies outside of it.
    func remove(_ slot: Int, _ payloads: PayloadAllocator) {
        for field in [key(slot), value(slot)] where field.count > Self.longestInline {
            if let start = field.baseAddress {
                payloads.release(UnsafeMutableRawPointer(mutating: start), field.count)
            }
        }
        closeSlot(slot)
    }

    private func closeSlot(_ slot: Int) {
        set(4, UInt16(garbage + heapBytes(slot)))
        let place = start + slotOffset(slot)
        place.copyMemory(
            from: place + Self.slotBytes,
            byteCount: (count - slot - 1) * Self.slotBytes
        )
        set(0, UInt16(count - 1))
        if count == 0 {
            set(2, UInt16(Self.size))
            set(4, 0)
        }
    }

    /// Moves the records from a slot on to the end of another page, which must have room.
    func move(from first: Int, to other: OrderedPage) {
        for slot in first..<count {
            let bytes = heapBytes(slot)
            let target = other.openSlot(other.count, bytes, flags(slot))
            target.copyMemory(from: record(slot), byteCount: bytes)
            set(4, UInt16(garbage + bytes))
        }
        set(0, UInt16(first))
        if first == 0 {
            set(2, UInt16(Self.size))
            set(4, 0)
        }
        other.renewHeads()
        renewHeads()
    }

    /// Makes one piece of all free bytes; `scratch` is a page's worth of memory.
    func compact(_ scratch: UnsafeMutableRawPointer) {
        scratch.copyMemory(from: start, byteCount: Self.size)
        let old = OrderedPage(scratch)
        var heap = Self.size
        for slot in 0..<count {
            let bytes = old.heapBytes(slot)
            heap -= bytes
            (start + heap).copyMemory(from: old.record(slot), byteCount: bytes)
            set(slotOffset(slot), UInt16(heap))
        }
        set(2, UInt16(heap))
        set(4, 0)
    }
}
