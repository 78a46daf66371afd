package dev.poro.planted;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles {@link PlantedBug}s against everything on this class path, on which the result is to be put ahead. */
final class PlantedClasses {
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    /** Shared, because opening the class path takes longer than compiling one class. */
    private static final JavaFileManager CLASS_PATH = COMPILER.getStandardFileManager(null, null, null);

    private PlantedClasses() {}

    /**
     * Compiles the classes that have the bugs, with their nested classes.
     *
     * @param bugs each in a class of its own
     * @return the directory with the class files
     */
    static synchronized Path compile(List<PlantedBug> bugs, Path directory) throws IOException {
        StringWriter messages = new StringWriter();
        List<String> options = List.of(
                "-classpath",
                System.getProperty("java.class.path"),
                "-d",
                Files.createDirectories(directory).toString(),
                "-proc:none",
                "-nowarn",
                "-g");
        List<Source> sources = bugs.stream().map(Source::new).toList();
        if (!COMPILER.getTask(messages, CLASS_PATH, null, options, null, sources)
                .call()) {
            throw new IllegalStateException("does not compile:\n" + messages);
        }
        return directory;
    }

    /** A copy of the program's jar in which these classes take the place of the right ones. */
    static Path repack(Path jar, Path classes, Path copy) throws IOException {
        Files.copy(jar, copy);
        try (FileSystem entries = FileSystems.newFileSystem(URI.create("jar:" + copy.toUri()), Map.of());
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(
                        file,
                        entries.getPath(classes.relativize(file).toString()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return copy;
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(PlantedBug bug) {
            // What the compiler says of it begins with its path, and so with the bug.
            super(
                    URI.create("planted:///" + bug.id() + "/" + bug.className().replace('.', '/') + ".java"),
                    JavaFileObject.Kind.SOURCE);
            this.text = bug.plantedSource();
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
