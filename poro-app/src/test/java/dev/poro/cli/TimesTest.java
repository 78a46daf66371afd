package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TimesTest {
    @Test
    @Tag("R30")
    void haveTheSameFormWhateverTheyAre() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("fa-IR-u-nu-arabext"));
        try {
            assertThat(Times.format(0)).isEqualTo("1970-01-01T00:00:00.000Z");
            assertThat(Times.format(1_795_000_000_285L)).isEqualTo("2026-11-18T11:06:40.285Z");
            assertThat(new JsonObject().addTime("at", 60_000)).hasToString("{\"at\":\"1970-01-01T00:01:00.000Z\"}");
        } finally {
            Locale.setDefault(before);
        }
    }
}
