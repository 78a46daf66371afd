package dev.poro.wal;

import java.io.IOException;
import java.util.Locale;

/** Tells a full disk from other failures. Java passes errno on as text only. */
final class NoSpace {
    private static final String[] MESSAGES = {
        "no space left on device", "disk quota exceeded", "file too large", "not enough space"
    };

    private NoSpace() {}

    /** ENOSPC, EDQUOT or EFBIG. */
    static boolean isReportedBy(IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        for (String known : MESSAGES) {
            if (message.contains(known)) {
                return true;
            }
        }
        return false;
    }
}
