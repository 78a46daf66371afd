package dev.poro.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** A password in a file, because everybody on the machine sees a command line. */
final class PasswordFile {
    private static final long MAX_LENGTH = 4_096;

    private PasswordFile() {}

    /**
     * The password; a line end after it does not count.
     *
     * @param option which named the file, for the message
     */
    static byte[] read(Path file, String option, CommandLine command) throws IOException {
        if (Files.size(file) > MAX_LENGTH) {
            throw new ParameterException(command, option + " " + file + ": longer than " + MAX_LENGTH + " bytes");
        }
        byte[] content = Files.readAllBytes(file);
        int length = content.length;
        while (length > 0 && (content[length - 1] == '\n' || content[length - 1] == '\r')) {
            length--;
        }
        if (length == 0) {
            throw new ParameterException(command, option + " " + file + ": it has no password");
        }
        return Arrays.copyOf(content, length);
    }
}
