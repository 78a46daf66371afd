package dev.poro.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A logger for everything from INFO on that keeps what it is told. Thread-safe. */
class RecordingLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;

    private final transient List<Line> lines = new CopyOnWriteArrayList<>();

    /** What was logged. */
    record Line(Level level, String text, Throwable cause, String thread) {
        @Override
        public String toString() {
            return level + " " + text;
        }
    }

    /** All that was logged so far, oldest first, each as its level and its text. */
    List<String> texts() {
        return lines.stream().map(Line::toString).toList();
    }

    /** What was logged since the last call, oldest first. */
    List<Line> take() {
        List<Line> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
        String text = MessageFormatter.basicArrayFormat(pattern, arguments);
        lines.add(new Line(level, text, cause, Thread.currentThread().getName()));
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    public boolean isTraceEnabled() {
        return false;
    }

    @Override
    public boolean isDebugEnabled() {
        return false;
    }

    @Override
    public boolean isInfoEnabled() {
        return true;
    }

    @Override
    public boolean isWarnEnabled() {
        return true;
    }

    @Override
    public boolean isErrorEnabled() {
        return true;
    }
}
