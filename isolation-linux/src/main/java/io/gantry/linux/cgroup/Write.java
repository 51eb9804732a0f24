package io.gantry.linux.cgroup;

/**
 * One step of a plan.
 *
 * @param controller whose file it is
 * @param file name in the group's directory
 * @param dispensable whether nothing is lost where the kernel lacks the file: the value asks for no
 *     limit
 */
record Write(String controller, String file, String value, boolean dispensable) {

    static Write of(String file, String value) {
        return new Write(controllerOf(file), file, value, false);
    }

    static Write dispensable(String file, String value) {
        return new Write(controllerOf(file), file, value, true);
    }

    private static String controllerOf(String file) {
        return file.substring(0, Math.max(0, file.indexOf('.')));
    }
}
