package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What checks the messages of stops tells a complete one from one that lacks anything. */
class StopMessagesTest {
    private static final String REMEDY = "Nothing more is acknowledged; fix the cause and open the store again.";
    private static final String CAUSE = "/d/log/0000000001.wal: cannot write at offset 4096: No space left on device";
    private static final String COMPLETE = "/d/log: the store has stopped at sequence 12: " + CAUSE + ". " + REMEDY;

    @ParameterizedTest
    @ValueSource(
            strings = {
                COMPLETE,
                "log: opening has stopped at sequence 0: log: cannot list: Input/output error."
                        + " Fix the cause and open the store again.",
                "log: the store has stopped at sequence 3: log/0000000002.wal.tmp: cannot rename to 0000000002.wal:"
                        + " Input/output error. " + REMEDY,
                "log: the store has stopped at sequence 3: log/0000000002.wal: cannot force: Input/output error (frames"
                        + " up to offset 300). " + REMEDY,
                "log: the store has stopped at sequence 3: log/0000000001.wal: the file was removed. " + REMEDY,
                "log: reading has stopped at sequence 3: log/0000000001.wal: read 0 bytes at offset 128 where the file"
                        + " had 400: it shrank while it was read. Fix the cause and try again.",
                "log/0000000001.wal: damaged at offset 184 (sequence 2): frame body fails its checksum. Nothing was"
                        + " changed. Restore the file from a copy; 'poro verify log' lists every problem, and 'poro"
                        + " salvage log NEW' makes a new log of what is intact.",
                "/d/log is open in another process (pid 7). Stop it first, or use another directory.",
                "log: the log takes no events now: no new segment could be prepared "
                        + "(log/0000000002.wal.tmp: cannot write"
                        + " at offset 8192: No space left on device). Nothing was written; writing "
                        + "resumes by itself once"
                        + " the cause is gone.",
                "log: the log takes no events now: a frame could not be written (log/0000000002.wal: cannot write at"
                        + " offset 8192: Kein Platz). Nothing was written; writing resumes by itself once the cause is"
                        + " gone."
            })
    void aCompleteMessagePasses(String message) {
        StopMessages.requireComplete(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/d/log: the store has stopped: " + CAUSE + ". " + REMEDY,
                "the store has stopped at sequence 12: " + CAUSE + ". " + REMEDY,
                "/d/log: the store has stopped at sequence 12: . " + REMEDY,
                "/d/log: the store has stopped at sequence 12: " + CAUSE + ".",
                "/d/log: the store has stopped at sequence 12: " + CAUSE + ". Good luck.",
                "/d/log: the store has stopped at sequence 12: No space left on device. " + REMEDY,
                "/d/log: the store has stopped at sequence 12: /d/log/0000000001.wal: No space left. " + REMEDY,
                "/d/log: the store has stopped at sequence 12: /d/log/0000000001.wal: cannot write: No space left. "
                        + REMEDY,
                "/d/log: the store has stopped at sequence 12: /d/log: cannot write at offset 4096: No space left. "
                        + REMEDY,
                "/d/log: the store has stopped at sequence 12: /d/log/0000000001.wal: cannot go on: No space left. "
                        + REMEDY,
                "log/0000000001.wal: damaged at offset 184: frame body fails its checksum. Nothing was changed. Restore"
                        + " the file from a copy; 'poro verify log' lists every problem, and 'poro salvage log NEW'"
                        + " makes a new log of what is intact.",
                "log: damaged at offset 184 (sequence 2): frame body fails its checksum. Nothing was changed. Restore"
                        + " the file from a copy; 'poro verify log' lists every problem, and 'poro salvage log NEW'"
                        + " makes a new log of what is intact.",
                "log/0000000001.wal: damaged at offset 184 (sequence 2): frame body fails its checksum.",
                "/d/log is open in another process (pid 7).",
                "log: the log takes no events now: no new segment could be prepared (null). Nothing "
                        + "was written; writing"
                        + " resumes by itself once the cause is gone."
            })
    void anIncompleteMessageFails(String message) {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> StopMessages.requireComplete(message))
                .withMessageContaining(message);
    }

    @Test
    void theSequenceIsTheOneThatTheMessageNames() {
        assertThat(StopMessages.requireComplete(COMPLETE)).isEqualTo(12);
    }

    @Test
    void aMessageMustHaveAllThatItsCauseSays() {
        PoroException other = new PoroException(COMPLETE, new IOException("something else"));

        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> StopMessages.requireComplete(other));
    }

    @Test
    void whateverAProgramSaysMustBeComplete() {
        StopMessages.requireCompleteErrors("a warning of the JVM\nporo: " + COMPLETE + "\n");

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> StopMessages.requireCompleteErrors("a warning of the JVM\n"));
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> StopMessages.requireCompleteErrors("poro: " + COMPLETE + "\nporo: null\n"));
    }
}
