package io.gantry.image.layer;

import java.util.ArrayList;
import java.util.List;

/**
 * Where an entry goes, relative to the layer's root: no empty, dot or dot-dot component.
 *
 * @param parent directories above it, joined by slashes; empty: the root
 * @param name last component; empty: the entry is the root itself
 */
record EntryPath(String parent, String name) {

    private static final String WHITEOUT = ".wh.";
    private static final String AUFS = ".wh..wh.";
    private static final String OPAQUE = ".wh..wh..opq";

    /** What the name of an entry asks for. */
    enum Kind {
        /** A file of any type. */
        PLAIN,
        /** Hides what the layers below have under that name. */
        WHITEOUT,
        /** Hides all that the layers below have in that directory. */
        OPAQUE,
        /** Private files of aufs, which no one else needs. */
        IGNORED
    }

    /**
     * Cleans a name as tar has it. Absolute names start at the layer's root.
     *
     * @throws LayerFormatException when it leads out of the layer, or a directory in it has the
     *     name of a whiteout
     */
    static EntryPath clean(String raw) throws LayerFormatException {
        List<String> components = new ArrayList<>();
        for (String component : raw.split("/", -1)) {
            if (component.equals("..")) {
                if (components.isEmpty()) {
                    throw new LayerFormatException("the name leads out of the layer");
                }
                components.removeLast();
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        if (components.isEmpty()) {
            return new EntryPath("", "");
        }
        String name = components.removeLast();
        return new EntryPath(String.join("/", components), name);
    }

    /**
     * Tells whiteouts by their name.
     *
     * @throws LayerFormatException when it is a whiteout of nothing that can be named
     */
    Kind kind() throws LayerFormatException {
        if (name.equals(OPAQUE)) {
            checkParent();
            return Kind.OPAQUE;
        }
        if (path().startsWith(AUFS) || path().contains("/" + AUFS)) {
            return Kind.IGNORED;
        }
        checkParent();
        if (!name.startsWith(WHITEOUT)) {
            return Kind.PLAIN;
        }
        String hidden = hidden();
        if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
            throw new LayerFormatException("invalid whiteout");
        }
        return Kind.WHITEOUT;
    }

    /** What a whiteout hides. */
    String hidden() {
        return name.substring(WHITEOUT.length());
    }

    String path() {
        return join(parent, name);
    }

    boolean isRoot() {
        return name.isEmpty();
    }

    static String join(String parent, String name) {
        return parent.isEmpty() ? name : parent + "/" + name;
    }

    private void checkParent() throws LayerFormatException {
        if (parent.startsWith(WHITEOUT) || parent.contains("/" + WHITEOUT)) {
            throw new LayerFormatException("invalid whiteout: it stands for a directory");
        }
    }
}
