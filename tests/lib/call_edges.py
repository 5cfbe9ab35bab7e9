# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks walked stacks against the machine code: finds wrong frames without unwind tables.

A return address lies just behind a call. Where that call says whom it calls, the next inner frame is in
that function, or in one that this function ends by jumping to. Functions are known by their symbols
(also those of a separate debug file) and by being called directly from a frame that was seen.
"""
import array
import bisect
import os
import sys

import elf

FUNCTION_SIZE_MAX = 1 << 16  # of one without a symbol

# The upper 11 bits of MIPS's branches: of the major opcodes, and of those on the floating point unit.
BRANCHES = frozenset([op << 5 | i for op in (1, 4, 5, 6, 7, 20, 21, 22, 23) for i in range(32)] + [0x228])
JUMPED_MAX = 40  # functions looked at, from the one called to the one the frame is in


class Mips:
    """Code of o32 and n64: calls go by jal and bal, or through t9, which the table of addresses fills."""

    isa_bit = 0

    def __init__(self, module):
        self.module = module
        file = module.file
        load, add = (0x37, 0x19) if file.is_wide else (0x23, 0x09)
        self.load_t9 = load << 26 | 28 << 21 | 25 << 16
        self.add_t9 = add << 26 | 25 << 21 | 25 << 16
        tags = module.tags
        self.table = tags.get(3)
        self.n_local = tags.get(0x7000000a, 0)
        self.first_global = tags.get(0x70000013, 0)
        self.landings = None

    def instruction(self, address):
        return self.module.unit("I", address)

    def branch_target(self, address, word):
        return address + 4 + ((word & 0xffff) - ((word & 0x8000) << 1)) * 4

    @staticmethod
    def is_jump(word):
        return word >> 21 in BRANCHES or word >> 26 in (2, 3) or (word >> 26 == 0 and word & 0x3f in (8, 9))

    def is_landing(self, address):
        """Whether a branch leads to `address`: from there on registers may hold what they do elsewhere."""
        if self.landings is None:
            self.landings = set()
            for start, units in self.module.code_units("I"):
                self.landings.update(start + 4 * i + 4 + ((word & 0xffff) - ((word & 0x8000) << 1)) * 4
                                     for i, word in enumerate(units) if word >> 21 in BRANCHES)
        return address in self.landings

    def entry(self, offset):
        """What the table of addresses holds at gp + offset: an address, a name, or None."""
        if self.table is None:
            return None
        at = self.table + 0x7ff0 + offset
        index = (at - self.table) // self.module.file.word
        if 0 <= index < self.n_local:
            return self.module.unit("Q" if self.module.file.is_wide else "I", at)
        return self.module.symbol_name(self.first_global + index - self.n_local)

    def register_t9(self, address):
        """What t9 holds at the call or jump at `address`: an address, a name, or None."""
        added = 0
        for at in range(address - 4, address - 80, -4):
            word = self.instruction(at)
            if self.is_jump(word) or self.is_landing(at + 4):
                return None
            if word & 0xffff0000 == self.add_t9:
                added += (word & 0xffff) - ((word & 0x8000) << 1)
            elif word & 0xffff0000 == self.load_t9:
                entry = self.entry((word & 0xffff) - ((word & 0x8000) << 1))
                return entry + added if isinstance(entry, int) else entry
            elif (word >> 16) & 31 == 25 and word >> 26 not in (0, 0x2b, 0x3f) or (
                    word >> 26 == 0 and (word >> 11) & 31 == 25):
                return None
        return None

    def call_before(self, pc):
        """(whether a call returns to pc, its target: an address, a name, or None)"""
        at = pc - 8
        word = self.instruction(at)
        if word >> 26 == 3:
            return True, (pc & ~0xfffffff) | (word & 0x3ffffff) << 2
        if word >> 16 == 0x0411:
            return True, self.branch_target(at, word)
        if word & 0xfc1ff83f == 0xf809:
            return True, self.register_t9(at) if (word >> 21) & 31 == 25 else None
        return word >> 26 == 1 and (word >> 16) & 31 in (0x10, 0x11, 0x12, 0x13), None

    def jumps(self, start, end):
        """([targets outside], whether there are others that are not known)"""
        targets, is_open, seen, left = [], False, set(), [start]
        while left:
            at = left.pop()
            while at not in seen and start <= at < end:
                seen.add(at)
                word = self.instruction(at)
                if word >> 21 in BRANCHES and not (word >> 26 == 1 and word & 0x100000):
                    target = self.branch_target(at, word)
                    (left if start <= target < end else targets).append(target)
                    if word >> 16 == 0x1000:
                        break
                elif word >> 26 == 2:
                    targets.append((at & ~0xfffffff) | (word & 0x3ffffff) << 2)
                    break
                elif word >> 26 == 0 and word & 0x1ff83f in (8, 9):  # jr, of release 6 too
                    target = self.register_t9(at) if (word >> 21) & 31 == 25 else None
                    is_open |= target is None and word >> 21 != 31
                    targets += [target] if target is not None else []
                    break
                at += 4
        return targets, is_open

    def stub(self, address):
        """The slot that the linkage stub at `address` jumps through, or None."""
        upper, load = self.instruction(address), self.instruction(address + 4)
        if upper >> 16 != 0x3c0f or load >> 16 not in (0x8df9, 0xddf9):
            return None
        return ((upper & 0xffff) << 16) + (load & 0xffff) - ((load & 0x8000) << 1)


class Arm:
    """ARM and Thumb code; an odd address is one of Thumb."""

    isa_bit = 1

    def __init__(self, module):
        self.module = module

    def half(self, address):
        return self.module.unit("H", address)

    def word(self, address):
        return self.module.unit("I", address)

    @staticmethod
    def thumb_offset(first, second):
        sign = (first >> 10) & 1
        bit23, bit22 = 1 - (((second >> 13) & 1) ^ sign), 1 - (((second >> 11) & 1) ^ sign)
        return (bit23 << 23 | bit22 << 22 | (first & 0x3ff) << 12 | (second & 0x7ff) << 1) - (sign << 24)

    @staticmethod
    def arm_offset(word):
        return ((word & 0xffffff) - ((word & 0x800000) << 1)) * 4

    def call_before(self, pc):
        at = pc & ~1
        if pc & 1:
            first, second = self.half(at - 4), self.half(at - 2)
            if first >> 11 == 0x1e and second >> 14 == 3:
                target = at + self.thumb_offset(first, second)
                return True, target | 1 if second & 0x1000 else (target & ~3)
            return second & 0xff87 == 0x4780, None
        word = self.word(at - 4)
        if word >> 25 == 0x7d:
            return True, (at + 4 + self.arm_offset(word) + ((word >> 23) & 2)) | 1
        if word & 0x0f000000 == 0x0b000000:
            return True, at + 4 + self.arm_offset(word)
        # mov lr, pc before an instruction that writes pc
        return word & 0x0ffffff0 == 0x012fff30 or self.word(at - 8) & 0x0fffffff == 0x01a0e00f, None

    def jumps(self, start, end):
        if not start & 1:
            words = [(at, self.word(at)) for at in range(start, end, 4)]
            targets = [at + 8 + self.arm_offset(word) for at, word in words if word & 0x0f000000 == 0x0a000000]
            is_open = any(word & 0x0ffffff0 == 0x012fff10 and word & 15 != 14 for _, word in words)
            return [target for target in targets if not start <= target < end], is_open
        targets, is_open = [], False
        at = start & ~1
        while at < end:
            first = self.half(at)
            if first >> 11 < 0x1d:
                if first >> 11 == 0x1c:
                    targets.append(at + 4 + ((first & 0x7ff) - ((first & 0x400) << 1)) * 2 | 1)
                is_open |= first & 0xff87 == 0x4700 and first & 0x78 != 0x70
                at += 2
                continue
            second = self.half(at + 2)
            if first >> 11 == 0x1e and second & 0xd000 == 0x9000:
                targets.append(at + 4 + self.thumb_offset(first, second) | 1)
            elif first >> 11 == 0x1e and second & 0xd000 == 0x8000 and (first >> 7) & 7 != 7:
                offset = (second & 0x7ff) << 1 | (first & 0x3f) << 12 | (second >> 13 & 1) << 18 | (
                    second >> 11 & 1) << 19
                targets.append(at + 4 + offset - ((first >> 10 & 1) << 20) | 1)
            is_open |= first & 0xff7f == 0xf85f or (first & 0xfff0 == 0xf8d0 and second >> 12 == 15)
            at += 4
        return [target for target in targets if not start <= target < end], is_open

    def stub(self, address):
        if address & 1 and self.half(address & ~1) == 0x4778:  # bx pc; nop
            address = (address & ~1) + 4
        slot = None
        for at in range(address & ~3, (address & ~3) + 16, 4):
            word = self.word(at)
            turn = (word >> 7) & 30
            value = ((word & 0xff) >> turn | (word & 0xff) << (32 - turn)) & 0xffffffff if turn else word & 0xff
            if word & 0xfffff000 == 0xe28fc000:
                slot = at + 8 + value
            elif word & 0xfffff000 == 0xe28cc000 and slot is not None:
                slot += value
            elif word & 0xfffff000 == 0xe5bcf000 and slot is not None:
                return (slot + (word & 0xfff)) & 0xffffffff
        return None


class Module:
    def __init__(self, path, debug):
        self.path = path
        self.file = elf.File(path)
        self.base = os.path.basename(path)
        self.tags = {}
        dynamic = self.file.section(".dynamic")
        for at in range(dynamic.offset, dynamic.offset + dynamic.size, 2 * self.file.word) if dynamic else ():
            tag, value = self.file.unpack("QQ" if self.file.is_wide else "II", at)
            self.tags.setdefault(tag, value)
        self.dynamic_symbols = list(self.file.symbols(".dynsym"))
        self.exports = {}
        for name, value, _, _, index in self.dynamic_symbols:
            if index != 0:
                self.exports.setdefault(name, value)
        self.code = Mips(self) if self.file.machine == 8 else Arm(self)
        self.ends = {}
        self.starts = set()  # with the ISA bit
        for source in [self.file] + ([elf.File(debug)] if debug else []):
            for table in (".symtab", ".dynsym"):
                for _, value, size, kind, index in source.symbols(table):
                    if kind in (2, 10) and index != 0:
                        self.starts.add(value)
                        self.ends[value & ~self.code.isa_bit] = (value & ~self.code.isa_bit) + size
        self.sorted = None
        self.slots = None
        self.segments = {}
        self.jumps = {}

    def code_units(self, form):
        return self.units(form, 1)

    def units(self, form, wanted=0):
        """[(address, array)] of the loaded segments with the flags `wanted`, in units of `form`."""
        found = []
        for kind, flags, offset, start, length, _ in self.file.segments:
            if kind == 1 and flags & wanted == wanted:
                units = array.array(form)
                units.frombytes(self.file.data[offset:offset + length - length % units.itemsize])
                if (self.file.order == "<") != (sys.byteorder == "little"):
                    units.byteswap()
                found.append((start, units))
        return found

    def unit(self, form, address):
        """The unit at `address`; 0 where nothing is."""
        if form not in self.segments:
            self.segments[form] = self.units(form)
        for start, units in self.segments[form]:
            index = (address - start) // units.itemsize
            if 0 <= index < len(units):
                return units[index]
        return 0

    def symbol_name(self, index):
        return self.dynamic_symbols[index][0] if 0 < index < len(self.dynamic_symbols) else None

    def slot_name(self, slot):
        """The name of the function whose address the linker puts in `slot`."""
        if self.slots is None:
            self.slots = {}
            for section in self.file.sections:
                if section.type not in (4, 9) or section.name not in (".rel.plt", ".rela.plt", ".rel.dyn"):
                    continue
                for at in range(section.offset, section.offset + section.size, section.entry_size or 8):
                    offset, info = self.file.unpack("QQ" if self.file.is_wide else "II", at)
                    self.slots[offset] = self.symbol_name(info >> (32 if self.file.is_wide else 8))
        return self.slots.get(slot)

    def add_start(self, address):
        if address not in self.starts:
            self.starts.add(address)
            self.sorted = None

    def function_start(self, address):
        """The last known start at or before `address`, without the ISA bit, or None."""
        if self.sorted is None:
            self.sorted = sorted({start & ~self.code.isa_bit for start in self.starts})
        i = bisect.bisect_right(self.sorted, address)
        return self.sorted[i - 1] if i > 0 else None

    def function_end(self, start):
        bare = start & ~self.code.isa_bit
        end = self.ends.get(bare, 0)
        if end <= bare:
            self.function_start(bare)
            i = bisect.bisect_right(self.sorted, bare)
            end = self.sorted[i] if i < len(self.sorted) else bare + FUNCTION_SIZE_MAX
        return min(end, bare + FUNCTION_SIZE_MAX)


class Edges:
    """How many edges are what, each distinct one counted once; `wrong` has a text for each."""

    def __init__(self):
        self.n_verified = self.n_behind_call = self.n_unknown = 0
        self.wrong = []

    def total(self):
        return self.n_verified + self.n_behind_call + self.n_unknown + len(self.wrong)

    def text(self):
        return (f"{self.n_verified} go to the inner frame's function, {self.n_behind_call} are behind a call of "
                f"unknown target, {self.n_unknown} not in a file, {len(self.wrong)} wrong")


class Checker:
    def __init__(self, root):
        self.root = root
        self.modules = {}

    def module(self, path):
        """The file that the target calls `path`, or None."""
        if path not in self.modules:
            inside = path if path.startswith(self.root) else self.root + path
            self.modules[path] = None
            if os.path.isfile(inside):
                self.modules[path] = Module(inside, self.debug_file(inside))
        return self.modules[path]

    def debug_file(self, path):
        file = elf.File(path)
        note = file.section(".note.gnu.build-id")
        if note is None:
            return None
        number = file.data[note.offset + 16:note.offset + note.size].hex()
        debug = os.path.join(self.root, "usr/lib/debug/.build-id", number[:2], number[2:] + ".debug")
        return debug if os.path.isfile(debug) else None

    def places(self, module, target):
        """The (module, address) that a call's or jump's target may stand for."""
        if isinstance(target, int):
            slot = module.code.stub(target)
            if slot is None:
                return [(module, target)]
            target = module.slot_name(slot)
        loaded = [other for other in self.modules.values() if other is not None]
        return [(other, other.exports[target]) for other in loaded if target in other.exports]

    def note_call(self, module, pc):
        _, target = module.code.call_before(pc)
        for place, address in self.places(module, target) if target is not None else ():
            place.add_start(address)

    def jumped(self, place):
        """([places that the function at `place` jumps to], whether there may be more)"""
        module, address = place
        if address not in module.jumps:
            end = module.function_end(address)
            targets, is_open = module.code.jumps(address, end)
            is_open |= end - (address & ~1) == FUNCTION_SIZE_MAX
            module.jumps[address] = [far for target in set(targets) for far in self.places(module, target)], is_open
        return module.jumps[address]

    def reaches(self, places, inner, start, pc):
        """Whether one of the functions at `places` is, or ends by jumping to, the one around `pc`, known
        to begin not before `start`; None: unknown."""
        seen, left, is_open = set(), list(places), False
        while left:
            module, address = place = left.pop(0)
            if place in seen:
                continue
            bare = address & ~module.code.isa_bit
            if module is inner and start <= bare <= pc and pc - bare <= FUNCTION_SIZE_MAX:
                return True
            seen.add(place)
            if len(seen) > JUMPED_MAX:
                return None
            further, may_be_more = self.jumped(place)
            is_open |= may_be_more
            left += further
        return None if is_open else False

    def check_edge(self, edges, inner, outer):
        module, inner_module = self.module(outer[0]), self.module(inner[0])
        if module is None or inner_module is None or outer[2]:
            edges.n_unknown += 1
            return
        is_call, target = module.code.call_before(outer[1])
        text = f"{inner_module.base}+{inner[1]:x} called from {module.base}+{outer[1]:x}"
        if not is_call:
            edges.wrong.append(text + ": no call")
            return
        places = self.places(module, target) if target is not None else []
        bare = inner[1] & ~inner_module.code.isa_bit
        start = inner_module.function_start(bare - (not inner[2]))
        if not places or start is None:
            edges.n_behind_call += 1
            return
        answer = self.reaches(places, inner_module, start, bare)
        if answer:
            edges.n_verified += 1
        elif answer is None or (inner_module.base.startswith("ld") and inner_module is not module):
            edges.n_behind_call += 1  # the loader stands between until the name is bound
        else:
            edges.wrong.append(f"{text}: that calls {places[0][0].base}+{places[0][1]:x}, not {start:x}")

    def check(self, pairs):
        """The Edges of these (inner frame, outer frame); a frame is (module path, offset, is exact)."""
        for pair in pairs:
            for frame in pair:
                self.module(frame[0])
        for _, outer in pairs:
            if self.module(outer[0]) is not None and not outer[2]:
                self.note_call(self.module(outer[0]), outer[1])
        edges = Edges()
        for inner, outer in sorted(pairs):
            self.check_edge(edges, inner, outer)
        return edges
