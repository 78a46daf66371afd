package dev.poro.cli;

import dev.poro.events.Fuzzing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineFuzzIT {
    @ParameterizedTest
    @ValueSource(strings = {"readsBackWhatItPrintsOfAnyLine", "cutsAnyInputIntoLines"})
    void fuzzesTheCommandLine(String target) throws Exception {
        Fuzzing.run(CommandLineFuzzTest.class, target);
    }
}
