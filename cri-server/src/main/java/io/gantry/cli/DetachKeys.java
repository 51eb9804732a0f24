package io.gantry.cli;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;

/**
 * Finds the keys that detach in what is typed, across reads. A key that may begin them is kept back
 * until the next shows whether it does, so that nothing of them reaches the process.
 */
final class DetachKeys {

    /** Docker's. */
    static final String DEFAULT = "ctrl-p,ctrl-q";

    private static final String CTRL = "ctrl-";

    /** What Ctrl makes of these is their place in this list. */
    private static final String CONTROLS = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

    private final byte[] keys;
    private final ArrayDeque<Byte> kept = new ArrayDeque<>();
    private boolean found;

    private DetachKeys(byte[] keys) {
        this.keys = keys;
    }

    /**
     * Reads keys as Docker writes them: single characters and {@code ctrl-} with one, separated by
     * commas.
     */
    static DetachKeys parse(String text) {
        String[] names = text.split(",", -1);
        byte[] keys = new byte[names.length];
        for (int i = 0; i < names.length; i++) {
            keys[i] = key(names[i], text);
        }
        return new DetachKeys(keys);
    }

    private static byte key(String name, String all) {
        if (name.length() == 1 && name.charAt(0) < 0x80) {
            return (byte) name.charAt(0);
        }
        int control =
                name.length() == CTRL.length() + 1 && name.startsWith(CTRL)
                        ? CONTROLS.indexOf(name.charAt(CTRL.length()))
                        : -1;
        if (control < 0) {
            throw new UsageException(
                    "--detach-keys: \""
                            + name
                            + "\" in \""
                            + all
                            + "\" is no key; one is a character, or ctrl- with a to z, @, [, \\, ],"
                            + " ^ or _");
        }
        return (byte) control;
    }

    /** What is to be passed on of the first {@code count} bytes typed, and of those kept back. */
    byte[] pass(byte[] typed, int count) {
        ByteArrayOutputStream passed = new ByteArrayOutputStream(count);
        for (int i = 0; i < count && !found; i++) {
            kept.add(typed[i]);
            while (!begins()) {
                passed.write(kept.remove());
            }
            found = kept.size() == keys.length;
        }
        return passed.toByteArray();
    }

    /** Whether all of them were typed; nothing is passed on any more. */
    boolean found() {
        return found;
    }

    /** What was kept back of an input that is over. */
    byte[] rest() {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        kept.forEach(rest::write);
        kept.clear();
        return rest.toByteArray();
    }

    /** Whether what is kept back may become the keys. */
    private boolean begins() {
        int i = 0;
        for (byte key : kept) {
            if (key != keys[i]) {
                return false;
            }
            i++;
        }
        return true;
    }
}
