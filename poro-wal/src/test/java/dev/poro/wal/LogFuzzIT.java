package dev.poro.wal;

import dev.poro.events.Fuzzing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogFuzzIT {
    @ParameterizedTest
    @ValueSource(strings = {"readsFramesOfAnyBytes", "servesOrRefusesAnyLog"})
    void fuzzesTheLog(String target) throws Exception {
        Fuzzing.run(LogFuzzTest.class, target);
    }
}
