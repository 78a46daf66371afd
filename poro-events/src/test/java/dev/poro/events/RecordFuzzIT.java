package dev.poro.events;

import org.junit.jupiter.api.Test;

class RecordFuzzIT {
    @Test
    void fuzzesTheRecord() throws Exception {
        Fuzzing.run(RecordFuzzTest.class, "namesTheDefectOfAnyBytes");
    }
}
