// SPDX-License-Identifier: GPL-3.0-or-later
// The verdicts of gates as JUnit's XML, which continuous integration shows.
#include "gate.h"

#include <stdlib.h>

#include "snapshot.h"
#include "util.h"

// Text as the value of an attribute.
static void write_value(FILE *out, const char *text)
{
	char *escaped = NULL;
	size_t size = 0;
	FILE *plain = open_memstream(&escaped, &size);
	if (plain == NULL) {
		die("memory: none left");
	}
	text_escape(plain, text, 0);
	if (fclose(plain) != 0) {
		die("memory: none left");
	}
	for (const char *at = escaped; *at != '\0'; at++) {
		switch (*at) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(*at, out);
		}
	}
	free(escaped);
}

static void write_gate(FILE *out, const struct gate *gate, const struct gate_result *result,
		       const char *program)
{
	char *verdict = gate_verdict(gate, result);
	fputs("    <testcase classname=\"", out);
	write_value(out, program);
	fputs("\" name=\"fail if ", out);
	write_value(out, gate->text);
	fputs("\">\n", out);
	if (result->has_failed) {
		fputs("      <failure type=\"gate\" message=\"", out);
		write_value(out, verdict);
		fputs("\"/>\n", out);
	} else if (result->is_of_none) {
		fputs("      <skipped message=\"", out);
		write_value(out, verdict);
		fputs("\"/>\n", out);
	} else {
		fputs("      <system-out>", out);
		write_value(out, verdict);
		fputs("</system-out>\n", out);
	}
	fputs("    </testcase>\n", out);
	free(verdict);
}

// A run of which something is missing is an error, whatever the gates say of the rest.
static void write_damage(FILE *out, const char *damage, const char *program)
{
	fputs("    <testcase classname=\"", out);
	write_value(out, program);
	fputs("\" name=\"the stream is whole\">\n", out);
	if (damage != NULL) {
		fputs("      <error type=\"stream\" message=\"", out);
		write_value(out, damage);
		fputs("\"/>\n", out);
	}
	fputs("    </testcase>\n", out);
}

bool gates_junit(const struct gates *gates, const struct gate_result *results,
		 const struct snapshot *snapshot, FILE *out)
{
	const char *program = snapshot->program != NULL ? snapshot->program : "??";
	size_t n_failed = 0, n_skipped = 0;
	for (size_t i = 0; i < gates->n; i++) {
		n_failed += results[i].has_failed;
		n_skipped += results[i].is_of_none && !results[i].has_failed;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
	      "  <testsuite name=\"dumpalloc ",
	      out);
	write_value(out, program);
	fprintf(out,
		"\" tests=\"%zu\" failures=\"%zu\" errors=\"%d\" skipped=\"%zu\" time=\"%.3f\">\n",
		gates->n + 1, n_failed, snapshot->damage != NULL, n_skipped,
		snapshot->duration - snapshot_begin(snapshot));
	for (size_t i = 0; i < gates->n; i++) {
		write_gate(out, &gates->list[i], &results[i], program);
	}
	write_damage(out, snapshot->damage, program);
	fputs("  </testsuite>\n</testsuites>\n", out);
	return fflush(out) == 0 && !ferror(out);
}
