package dev.poro.engine.tools;

import dev.poro.wal.RestorePoint;
import java.util.Objects;

/** Which of the changes that a log has come first. */
public final class ChangesStart {
    /** None of them: only what is appended. */
    public static final ChangesStart END = new ChangesStart(null, 0);

    private final RestorePoint point;
    private final int last;

    private ChangesStart(RestorePoint point, int last) {
        this.point = point;
        this.last = last;
    }

    /**
     * Those from a point on: of the event with that sequence, or of the first event by which the system's clock had
     * shown that time.
     */
    public static ChangesStart at(RestorePoint point) {
        return new ChangesStart(Objects.requireNonNull(point, "point"), 0);
    }

    /**
     * The last ones.
     *
     * @param count how many, 1 or more
     */
    public static ChangesStart last(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("the last " + count + " changes: 1 or more");
        }
        return new ChangesStart(null, count);
    }

    /** {@code null} if it is no point. */
    RestorePoint point() {
        return point;
    }

    /** 0 if it is not the last ones. */
    int last() {
        return last;
    }
}
