package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The whole decision table, spelled out.
 *
 * @see LogEnd
 */
@Tag("R7")
@Tag("R11")
class RecoveryDecisionTest {
    private static final String TABLE = """
            finding,         proof, TAIL,   STRICT
            CLEAN_END,       false, SERVE,  SERVE
            CLEAN_END,       true,  SERVE,  SERVE
            UNFINISHED,      false, CUT,    REFUSE
            UNFINISHED,      true,  REFUSE, REFUSE
            BAD_FRAME,       false, CUT,    REFUSE
            BAD_FRAME,       true,  REFUSE, REFUSE
            LOST_START,      false, CUT,    REFUSE
            LOST_START,      true,  REFUSE, REFUSE
            LOST_END,        false, CUT,    REFUSE
            LOST_END,        true,  REFUSE, REFUSE
            MISSING_SEGMENT, false, REFUSE, REFUSE
            MISSING_SEGMENT, true,  REFUSE, REFUSE
            WRONG_SEQUENCE,  false, REFUSE, REFUSE
            WRONG_SEQUENCE,  true,  REFUSE, REFUSE
            BAD_RECORD,      false, REFUSE, REFUSE
            BAD_RECORD,      true,  REFUSE, REFUSE
            BAD_IDENTITY,    false, REFUSE, REFUSE
            BAD_IDENTITY,    true,  REFUSE, REFUSE
            DIVERGED,        false, REFUSE, REFUSE
            DIVERGED,        true,  REFUSE, REFUSE
            """;

    @ParameterizedTest(name = "{0}, proof {1}")
    @CsvSource(useHeadersInDisplayName = true, textBlock = TABLE)
    void decidesAsTheTableSays(LogEnd.Kind kind, boolean proof, RecoveryDecision tail, RecoveryDecision strict) {
        assertThat(RecoveryDecision.of(kind, proof, RecoveryMode.TAIL)).isEqualTo(tail);
        assertThat(RecoveryDecision.of(kind, proof, RecoveryMode.STRICT)).isEqualTo(strict);
    }

    @Test
    void theTableHasEveryCombination() {
        List<String> combinations = new ArrayList<>();
        for (LogEnd.Kind kind : LogEnd.Kind.values()) {
            combinations.add(kind + ",false");
            combinations.add(kind + ",true");
        }
        assertThat(TABLE.lines().skip(1).map(line -> line.replaceAll("^(\\w+), *(\\w+),.*$", "$1,$2")))
                .containsExactlyElementsOf(combinations);
        assertThat(RecoveryMode.values()).containsExactly(RecoveryMode.TAIL, RecoveryMode.STRICT);
    }
}
