package dev.poro.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses a path, and refuses one that Java cannot pass to the operating system unchanged. */
final class PathConverter implements ITypeConverter<Path> {
    /** Java's replacement for bytes that are no character in the locale's encoding. */
    private static final char REPLACEMENT = '\uFFFD';

    @Override
    public Path convert(String text) {
        if (text.isEmpty()) {
            throw new TypeConversionException("'' is not a path");
        }
        if (text.indexOf(REPLACEMENT) >= 0) {
            throw new TypeConversionException(
                    "'" + text + "' has bytes that are no text in the encoding " + encoding() + ": " + remedy());
        }
        try {
            Path path = Path.of(text);
            if (!path.isAbsolute()) {
                requireKnownWorkingDirectory();
            }
            return path;
        } catch (InvalidPathException e) {
            throw new TypeConversionException(
                    "'" + text + "' is not a path in the encoding " + encoding() + ": " + remedy());
        }
    }

    /**
     * Refuses a relative path if Java cannot represent the name of the working directory: the path would lead
     * elsewhere.
     */
    private static void requireKnownWorkingDirectory() {
        String directory = System.getProperty("user.dir", "");
        if (directory.isEmpty() || directory.indexOf(REPLACEMENT) >= 0) {
            throw new TypeConversionException("the name of the working directory (" + directory
                    + ") is no text in the encoding " + encoding() + ": " + remedy() + ", or name the whole path");
        }
    }

    private static String encoding() {
        return System.getProperty("sun.jnu.encoding");
    }

    private static String remedy() {
        return "set LC_ALL to a UTF-8 locale, such as C.UTF-8";
    }
}
