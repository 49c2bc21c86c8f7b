import Testing
import WeirControl

@Suite("Notices of waiting")
struct WaitNoticeTests {
    @Test("tell how much is waited for, and what may be the reason")
    func text() {
        let text = WaitNotice.text(3)
        #expect(text.hasPrefix("waiting for 3 pieces of work"))
        #expect(text.contains("disk"))
    }
}
