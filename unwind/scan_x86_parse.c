// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes x86 instructions apart: prefixes, opcode, operands, length.
//
// Opcode maps: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, appendix A;
// AMD64 Architecture Programmer's Manual, volume 3, appendix A, for XOP and 3DNow.
#include "unwind/scan_x86.h"

enum { SIZE_MAX_X86 = 15 };

// A letter per opcode. With ModRM: M writes no general register, G the one of `reg`, E the one of
// `rm`, X both; in lower case with a byte of immediate besides; z and Z are E and G with an immediate
// of the operand's size, T is byte or full size for the test instructions of group 3 alone. Without
// ModRM: - nothing; A nothing, writes registers that it does not name; b and i a byte; v and V the
// operand's size (i and V write ax); w two bytes; n two and one; q the full operand size; o an
// address of memory; j and J a distance of one byte and of the operand's size; f an address with a
// selector; x is no instruction; . is none by itself.
static const char one_byte[] = "EEGGiV--EEGGiV-."  // 00
			       "EEGGiV--EEGGiV--"  // 10
			       "EEGGiV.AEEGGiV.A"  // 20
			       "EEGGiV.AMMMMbv.A"  // 30
			       "----------------"  // 40
			       "----------------"  // 50
			       "--MG....vZbgAAAA"  // 60
			       "jjjjjjjjjjjjjjjj"  // 70
			       "ezeeMMXXEEGGEGME"  // 80
			       "--------AAf----A"  // 90
			       "ooooAAAAbvAAAAAA"  // a0
			       "bbbbbbbbqqqqqqqq"  // b0
			       "eew-GGezn-w--b--"  // c0
			       "EEEEiiAAMMMMMMMM"  // d0
			       "jjjjiibbJJfjAA--"  // e0
			       ".-..--TT------EE"; // f0

static const char two_bytes[] = "EEGGx-----x-xM-m"  // 00
				"MMMMMMMMMMMMMMEM"  // 10
				"EEMMxxxxMMMMGGMM"  // 20
				"-AAA--xA.x.xxxxx"  // 30
				"GGGGGGGGGGGGGGGG"  // 40
				"GMMMMMMMMMMMMMMM"  // 50
				"MMMMMMMMMMMMMMMM"  // 60
				"mmmmMMM-EMxxMMEM"  // 70
				"JJJJJJJJJJJJJJJJ"  // 80
				"EEEEEEEEEEEEEEEE"  // 90
				"--AMeEMM---EeEEG"  // a0
				"EEGEGGGGGMeEGGGG"  // b0
				"XXmMmgmE--------"  // c0
				"MMMMMMMGMMMMMMMM"  // d0
				"MMMMMMMMMMMMMMMM"  // e0
				"MMMMMMMMMMMMMMMM"; // f0

struct parser {
	const struct code_view *view;
	code_address start, at;
	bool is_64, has_narrow_address, is_w;
	uint8_t r, x, b; // VEX's and REX's further bits of reg, index, and base or rm
};

// The next `n` bytes as a signed number. False: they are not all there, or the instruction is too long.
static bool take(struct parser *parser, unsigned n, int64_t *number)
{
	const struct code_view *view = parser->view;
	code_address at = parser->at - view->address, value = 0;
	if (at > view->size || view->size - at < n ||
	    parser->at + n - parser->start > SIZE_MAX_X86) {
		return false;
	}
	for (unsigned i = 0; i < n; i++) {
		value |= (uint64_t)view->bytes[at + i] << 8 * i;
	}
	parser->at += n;
	if (n == 0 || n == 8) {
		*number = (int64_t)value;
		return true;
	}
	uint64_t sign = UINT64_C(1) << (8 * n - 1);
	*number = (int64_t)((value ^ sign) - sign);
	return true;
}

static bool take_byte(struct parser *parser, uint8_t *byte)
{
	int64_t number;
	if (!take(parser, 1, &number)) {
		return false;
	}
	*byte = (uint8_t)number;
	return true;
}

static void set_rex(struct parser *parser, struct x86_insn *insn, uint8_t rex)
{
	insn->has_rex = rex != 0;
	parser->is_w = (rex & 8) != 0;
	parser->r = rex << 1 & 8;
	parser->x = rex << 2 & 8;
	parser->b = rex << 3 & 8;
}

// Leaves the first byte that is not a prefix in insn->opcode.
static bool parse_prefixes(struct parser *parser, struct x86_insn *insn)
{
	uint8_t rex = 0, byte;
	while (take_byte(parser, &byte)) {
		switch (byte) {
		case 0x26: // es, cs, ss, ds; lock
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0xf0:
			break;
		case 0x64: // fs, gs
		case 0x65:
			insn->is_elsewhere = true;
			break;
		case 0x66:
			insn->is_narrow = true;
			break;
		case 0x67:
			parser->has_narrow_address = true;
			break;
		case 0xf2:
		case 0xf3:
			insn->repeat = byte;
			break;
		default:
			if (!parser->is_64 || byte >> 4 != 4) {
				insn->opcode = byte;
				set_rex(parser, insn, rex);
				return true;
			}
			rex = byte;
			continue;
		}
		rex = 0; // it counts just before the opcode
	}
	return false;
}

// VEX's `pp` as the prefix it stands for.
static void set_pp(struct x86_insn *insn, uint8_t byte)
{
	static const uint8_t repeats[] = { 0, 0, 0xf3, 0xf2 };
	insn->repeat = repeats[byte & 3];
	insn->is_narrow = (byte & 3) == 1;
}

// The second of a long prefix's bytes: W, vvvv, L and pp.
static void set_vex(struct parser *parser, struct x86_insn *insn, uint8_t byte)
{
	insn->is_vex = true;
	insn->vvvv = ~byte >> 3 & 15;
	parser->is_w = (byte & 0x80) != 0;
	set_pp(insn, byte);
}

static void set_inverted_rxb(struct parser *parser, uint8_t byte)
{
	parser->r = ~byte >> 4 & 8;
	parser->x = ~byte >> 3 & 8;
	parser->b = ~byte >> 2 & 8;
}

static bool parse_vex2(struct parser *parser, struct x86_insn *insn)
{
	uint8_t byte;
	if (!take_byte(parser, &byte) || !take_byte(parser, &insn->opcode)) {
		return false;
	}
	set_vex(parser, insn, byte & 0x7f);
	parser->r = ~byte >> 4 & 8;
	insn->map = X86_MAP_0F;
	return true;
}

// Of VEX's three byte form and XOP.
static bool parse_vex3(struct parser *parser, struct x86_insn *insn)
{
	uint8_t first, second;
	if (!take_byte(parser, &first) || !take_byte(parser, &second) ||
	    !take_byte(parser, &insn->opcode)) {
		return false;
	}
	set_inverted_rxb(parser, first);
	set_vex(parser, insn, second);
	insn->map = first & 31;
	return true;
}

static bool parse_evex(struct parser *parser, struct x86_insn *insn)
{
	uint8_t first, second, third;
	if (!take_byte(parser, &first) || !take_byte(parser, &second) ||
	    !take_byte(parser, &third) || !take_byte(parser, &insn->opcode)) {
		return false;
	}
	set_inverted_rxb(parser, first);
	set_vex(parser, insn, second);
	insn->map = first & 7;
	return true;
}

// Whether the byte behind is a long prefix's. In 32-bit mode it could be ModRM of the instruction that
// the prefix displaced, which takes no registers for both operands.
static bool is_long_prefix(const struct parser *parser)
{
	struct parser ahead = *parser;
	uint8_t byte;
	return take_byte(&ahead, &byte) && (parser->is_64 || byte >= 0xc0);
}

static bool is_xop(const struct parser *parser)
{
	struct parser ahead = *parser;
	uint8_t byte;
	return take_byte(&ahead, &byte) && (byte & 31) >= X86_MAP_XOP;
}

// From insn->opcode, the first byte behind the prefixes, to the opcode proper.
static bool parse_opcode(struct parser *parser, struct x86_insn *insn)
{
	switch (insn->opcode) {
	case 0x0f:
		insn->map = X86_MAP_0F;
		if (!take_byte(parser, &insn->opcode)) {
			return false;
		}
		if (insn->opcode == 0x38 || insn->opcode == 0x3a) {
			insn->map = insn->opcode == 0x38 ? X86_MAP_0F38 : X86_MAP_0F3A;
			return take_byte(parser, &insn->opcode);
		}
		return true;
	case 0xc4:
		return !is_long_prefix(parser) || parse_vex3(parser, insn);
	case 0xc5:
		return !is_long_prefix(parser) || parse_vex2(parser, insn);
	case 0x62:
		return !is_long_prefix(parser) || parse_evex(parser, insn);
	case 0x8f:
		return !is_xop(parser) || parse_vex3(parser, insn);
	default:
		return true;
	}
}

// Invalid in 64-bit mode, where most were given up for prefixes.
static bool is_gone(uint8_t opcode)
{
	return (opcode < 0x40 && (opcode & 7) >= 6) || opcode == 0x60 || opcode == 0x61 ||
	       opcode == 0x82 || opcode == 0x9a || opcode == 0xce || opcode == 0xea ||
	       (opcode >= 0xd4 && opcode <= 0xd6);
}

static char vex_format(const struct x86_insn *insn)
{
	uint8_t opcode = insn->opcode;
	switch (insn->map) {
	case X86_MAP_0F:
		if (opcode == 0x77) {
			return '-';
		}
		if (opcode == 0xc5) {
			return 'g';
		}
		if ((opcode >= 0x70 && opcode <= 0x73) || opcode == 0xc2 || opcode == 0xc4 ||
		    opcode == 0xc6) {
			return 'm';
		}
		return opcode == 0x2c || opcode == 0x2d || opcode == 0x50 || opcode == 0x93 ||
				       opcode == 0xd7
			       ? 'G'
			       : 'M';
	case X86_MAP_0F38:
		return opcode >= 0xf2 && opcode <= 0xf7 ? 'G' : 'M';
	case X86_MAP_0F3A:
		if (opcode == 0xf0) {
			return 'g';
		}
		return opcode >= 0x14 && opcode <= 0x17 ? 'e' : 'm';
	case X86_MAP_XOP:
		return 'm';
	case X86_MAP_XOP + 2:
		return 'Z';
	default:
		return 'M';
	}
}

static char format_of(const struct parser *parser, const struct x86_insn *insn)
{
	uint8_t opcode = insn->opcode;
	if (insn->is_vex) {
		return vex_format(insn);
	}
	switch (insn->map) {
	case X86_MAP_BYTE:
		if (parser->is_64 && is_gone(opcode)) {
			return 'x';
		}
		return one_byte[opcode];
	case X86_MAP_0F:
		return two_bytes[opcode];
	case X86_MAP_0F38:
		if (opcode == 0xf1 && insn->repeat == 0) {
			return 'E';
		}
		return opcode >= 0xf0 && opcode <= 0xf6 ? 'G' : 'M';
	default:
		return opcode >= 0x14 && opcode <= 0x17 ? 'e' : 'm';
	}
}

static bool parse_displacement(struct parser *parser, unsigned size, struct x86_insn *insn)
{
	int64_t number = 0;
	if (!take(parser, size, &number)) {
		return false;
	}
	insn->displacement = (int32_t)number;
	return true;
}

// 16-bit addresses: the registers do not matter, none is that of a stack.
static bool parse_memory_16(struct parser *parser, struct x86_insn *insn)
{
	bool is_direct = insn->mod == 0 && (insn->rm & 7) == 6;
	insn->is_elsewhere = true;
	return parse_displacement(parser, is_direct ? 2 : insn->mod, insn);
}

static bool parse_memory(struct parser *parser, struct x86_insn *insn)
{
	static const uint8_t sizes[] = { 0, 1, 4 };
	unsigned size = sizes[insn->mod];
	insn->base = insn->rm;
	if ((insn->rm & 7) == X86_SP) {
		uint8_t sib;
		if (!take_byte(parser, &sib)) {
			return false;
		}
		uint8_t index = (sib >> 3 & 7) | parser->x;
		insn->index = index == X86_SP ? SCAN_NO_REGISTER : index;
		insn->base = (sib & 7) | parser->b;
		if ((sib & 7) == X86_BP && insn->mod == 0) {
			insn->base = SCAN_NO_REGISTER;
			size = 4;
		}
	} else if ((insn->rm & 7) == X86_BP && insn->mod == 0) { // no base, or from rip
		insn->base = SCAN_NO_REGISTER;
		size = 4;
	}
	return parse_displacement(parser, size, insn);
}

static bool parse_modrm(struct parser *parser, struct x86_insn *insn)
{
	uint8_t modrm;
	if (!take_byte(parser, &modrm)) {
		return false;
	}
	insn->mod = modrm >> 6;
	insn->reg = (modrm >> 3 & 7) | parser->r;
	insn->rm = (modrm & 7) | parser->b;
	// Control and debug registers are moved to and from general ones alone.
	if (insn->map == X86_MAP_0F && !insn->is_vex && insn->opcode >> 2 == 0x20 >> 2) {
		insn->mod = 3;
	}
	if (insn->mod == 3) {
		return true;
	}
	insn->is_elsewhere |= parser->has_narrow_address;
	return parser->has_narrow_address && !parser->is_64 ? parse_memory_16(parser, insn)
							    : parse_memory(parser, insn);
}

// AMD's extrq and insertq have two bytes of immediate.
static bool is_insertq(const struct x86_insn *insn)
{
	return insn->map == X86_MAP_0F && !insn->is_vex && insn->opcode == 0x78 &&
	       (insn->is_narrow || insn->repeat == 0xf2);
}

static unsigned immediate_size(const struct parser *parser, const struct x86_insn *insn)
{
	unsigned full = insn->is_narrow && !parser->is_w && !insn->is_vex ? 2 : 4;
	unsigned address = parser->is_64 ? 8 : 4;
	switch (insn->format) {
	case 'm':
	case 'g':
	case 'e':
	case 'b':
	case 'i':
	case 'j':
		return 1;
	case 'z':
	case 'Z':
	case 'v':
	case 'V':
		return full;
	case 'w':
		return 2;
	case 'n':
		return 3;
	case 'q':
		return parser->is_w ? 8 : full;
	case 'o':
		return parser->has_narrow_address ? address / 2 : address;
	case 'J':
		return parser->is_64 ? 4 : full;
	case 'f':
		return full + 2;
	case 'T': // test is 0 and 1 of its group
		if ((insn->reg & 7) >= 2) {
			return 0;
		}
		return insn->opcode == 0xf6 ? 1 : full;
	default:
		return is_insertq(insn) ? 2 : 0;
	}
}

static bool has_modrm(char format)
{
	static const char with[] = "MGEXmgezZT";
	for (unsigned i = 0; with[i] != 0; i++) {
		if (with[i] == format) {
			return true;
		}
	}
	return false;
}

static bool parse(struct parser *parser, struct x86_insn *insn)
{
	if (!parse_prefixes(parser, insn) || !parse_opcode(parser, insn)) {
		return false;
	}
	insn->is_wide = parser->is_64 ? parser->is_w : !insn->is_narrow;
	insn->format = format_of(parser, insn);
	if (insn->format == 'x' || insn->format == '.') {
		return false;
	}
	if (has_modrm(insn->format)) {
		if (!parse_modrm(parser, insn)) {
			return false;
		}
	} else {
		insn->rm = (insn->opcode & 7) | parser->b;
	}
	return take(parser, immediate_size(parser, insn), &insn->immediate);
}

void x86_parse(const struct code_view *view, code_address pc, struct x86_insn *insn)
{
	struct parser parser = {
		.view = view, .start = pc, .at = pc, .is_64 = view->isa == &scan_x86_64
	};
	*insn = (struct x86_insn){ .base = SCAN_NO_REGISTER, .index = SCAN_NO_REGISTER };
	if (parse(&parser, insn)) {
		insn->size = (uint8_t)(parser.at - pc);
	}
}
