package dev.poro.perf.bench;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/** Whether this Java can draw: a headless one without fonts cannot. */
final class Drawing {
    private Drawing() {}

    static boolean isPossible() {
        try {
            Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
            return graphics.getFontMetrics().stringWidth("text") > 0;
        } catch (LinkageError | RuntimeException noGraphics) {
            return false;
        }
    }
}
