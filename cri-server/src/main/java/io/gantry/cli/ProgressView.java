package io.gantry.cli;

import java.util.List;

/** Shows people how something goes. */
interface ProgressView {

    /** Shows nothing. */
    ProgressView NONE = rows -> {};

    /** How all rows stand now; rows only ever join. */
    void show(List<ProgressRow> rows);
}
