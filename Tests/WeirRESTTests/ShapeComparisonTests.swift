import Testing

/// The comparison finds what it is for.
@Suite("Comparison with shapes")
struct ShapeComparisonTests {
    private let shape = Shape(
        """
        # GET /jobs
        status 200
        . object
        .at integer
        .jobs array
        .jobs[] object
        .jobs[].id text
        .jobs[].end? integer
        .part number
        .tasks object
        .tasks{} object
        .tasks{}.done boolean
        """
    )

    private func differences(_ json: String) -> [String] {
        shape.differences(of: JSONTree(Array(json.utf8)))
    }

    @Test("an answer of the same shape has no differences")
    func same() {
        let json =
            #"{"at":1,"jobs":[{"id":"a"},{"id":"b","end":2}],"part":1.5,"#
            + #""tasks":{"x":{"done":true}}}"#
        #expect(differences(json) == [])
    }

    @Test("what is not a number may stand for a number")
    func notANumber() {
        let json = #"{"at":1,"jobs":[{"id":"a"}],"part":"NaN","tasks":{"x":{"done":true}}}"#
        #expect(differences(json) == [])
    }

    @Test(
        "a field that is missing, extra or of another type is a difference",
        arguments: [
            (#"{"jobs":[{"id":"a"}],"part":1,"tasks":{"x":{"done":true}}}"#, [".at is missing"]),
            (
                #"{"at":1,"jobs":[{"id":"a"},{}],"part":1,"tasks":{"x":{"done":true}}}"#,
                [".jobs[].id is missing"]
            ),
            (
                #"{"at":1,"jobs":[{"id":"a","x":1}],"part":1,"tasks":{"x":{"done":true}}}"#,
                [".jobs[].x is extra"]
            ),
            (
                #"{"at":1.5,"jobs":[{"id":"a"}],"part":1,"tasks":{"x":{"done":true}}}"#,
                [".at is number(1.5), not integer"]
            ),
            (
                #"{"at":1,"jobs":[{"id":null}],"part":1,"tasks":{"x":{"done":true}}}"#,
                [".jobs[].id is null, not text"]
            ),
            (#"{"at":1,"jobs":[],"part":1,"tasks":{"x":{"done":true}}}"#, [".jobs is empty"]),
            (
                #"{"at":1,"jobs":[{"id":"a"}],"part":1,"tasks":{"x":{}}}"#,
                [".tasks{}.done is missing"]
            ),
            ("[]", [" is array([]), not object"]),
            ("{", [" is garbage, not object"]),
        ]
    )
    func different(_ json: String, _ expected: [String]) {
        #expect(differences(json) == expected)
    }
}
