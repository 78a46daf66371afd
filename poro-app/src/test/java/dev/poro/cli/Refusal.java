package dev.poro.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A run of the program in this process, for command lines that it refuses: a process of its own takes a hundred times
 * as long. Paths must be absolute.
 *
 * @param errors what it wrote to standard error
 */
record Refusal(int exitStatus, String errors) {
    static Refusal of(String... arguments) {
        PrintStream standardError = System.err;
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            int exitStatus = Main.execute(arguments);
            return new Refusal(exitStatus, errors.toString(StandardCharsets.UTF_8));
        } finally {
            System.setErr(standardError);
        }
    }
}
