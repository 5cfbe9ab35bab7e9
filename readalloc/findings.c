// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a module's files, and what to do about it, in lines.
#include "findings.h"

#include "symbols_file.h"
#include "util.h"

#include <errno.h>
#include <string.h>

void findings_line(FILE *out, const char *path, const char *what, const char *detail,
		   const char *advice)
{
	text_escape(out, path, 0);
	fprintf(out, ": %s%s", what, detail != NULL ? ": " : "");
	text_escape(out, detail != NULL ? detail : "", 0);
	fprintf(out, "%s%s\n", advice != NULL ? ": " : "", advice != NULL ? advice : "");
}

const char *findings_reason(int error)
{
	return error == ENOENT    ? "not found"
	       : error == ENOTSUP ? "not a regular file"
				  : strerror(error);
}

bool findings_write(FILE *out, const char *path, const struct symbols_findings *findings)
{
	static const char copy[] =
		"copy it from the device, or name a tree that has it with --extra";
	static const char cut[] = "cut off or damaged";
	bool is_good = false;
	switch (findings->verdict) {
	case VERDICT_NONE:
		findings_line(out, path, findings_reason(findings->error), NULL, copy);
		return false;
	case VERDICT_CUT:
		findings_line(out, path, cut, NULL, copy);
		return false;
	case VERDICT_NO_ELF:
		findings_line(out, path, "not an ELF file", NULL, copy);
		return false;
	case VERDICT_SCRIPT:
		findings_line(
			out, path, "a script", NULL,
			"check the interpreter that its first line names: that is what is traced");
		return false;
	case VERDICT_OTHER_MACHINE:
		findings_line(out, path, "built for another machine", NULL, copy);
		return false;
	case VERDICT_OTHER_BUILD:
		findings_line(out, path, "another build than the one that ran", NULL, copy);
		return false;
	case VERDICT_RIGHT:
		break;
	}
	if (findings->has_lines) {
		findings_line(out, path,
			      findings->has_other_debug
				      ? "functions and lines of its own, as its debug file is of "
					"another build"
				      : "functions and lines",
			      NULL, NULL);
		is_good = true;
	} else if (findings->lines_trouble != NULL) {
		findings_line(out, path, "its debug information cannot be read",
			      findings->lines_trouble, "name a good copy with --debug-path");
	} else if (findings->is_cut) {
		findings_line(out, path, cut, NULL, copy);
	} else if (findings->has_symbols) {
		findings_line(out, path, "functions, but no lines", NULL,
			      "build it with -g, or name its debug file with --debug-path");
	} else {
		findings_line(out, path, "stripped: only exported functions have names", NULL,
			      "name its debug file, or the file before strip, with --debug-path");
	}
	if (findings->has_cut_debug) {
		findings_line(out, path, "its debug file is cut off or damaged", NULL,
			      "install a whole one");
		is_good = false;
	}
	if (findings->has_other_debug && !findings->has_lines) {
		findings_line(out, path, "its debug file is of another build", NULL,
			      "install that of the very build that runs");
		is_good = false;
	}
	if (findings->alternate_trouble != NULL) {
		findings_line(out, path, "names of its inlined functions are missing",
			      findings->alternate_trouble, "install it with the debug file");
		is_good = false;
	}
	if (findings->is_split) {
		findings_line(out, path, "inlined frames are missing", NULL,
			      "build it without -gsplit-dwarf");
		is_good = false;
	}
	return is_good;
}
