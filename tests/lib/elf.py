# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of an ELF file what tests ask: functions, segments, sections; any class and byte order."""
import bisect
import struct


class Section:
    def __init__(self, values):
        self.name_at, self.type, self.flags, self.address, self.offset, self.size, self.link, self.info, \
            self.align, self.entry_size = values
        self.name = ""


class File:
    def __init__(self, path):
        with open(path, "rb") as data:
            self.data = data.read()
        if self.data[:4] != b"\x7fELF":
            raise ValueError(f"{path}: not an ELF file")
        self.path = path
        self.is_wide = self.data[4] == 2
        self.order = "<" if self.data[5] == 1 else ">"
        self.word = 8 if self.is_wide else 4
        self.type, self.machine = self.unpack("HH", 16)
        self.entry, segments_at, sections_at, self.flags, _, segment_size, n_segments, section_size, n_sections, \
            names = self.unpack("QQQIHHHHHH" if self.is_wide else "IIIIHHHHHH", 24)
        # (type, flags, offset, address, size in the file, size in memory)
        self.segments = []
        for i in range(n_segments):
            if self.is_wide:
                kind, flags, offset, address, _, size, room, _ = self.unpack("IIQQQQQQ", segments_at + i * segment_size)
            else:
                kind, offset, address, _, size, room, flags, _ = self.unpack("IIIIIIII", segments_at + i * segment_size)
            self.segments.append((kind, flags, offset, address, size, room))
        form = "IIQQQQIIQQ" if self.is_wide else "IIIIIIIIII"
        self.sections = [Section(self.unpack(form, sections_at + i * section_size)) for i in range(n_sections)]
        for section in self.sections:
            section.name = self.text(self.sections[names].offset + section.name_at)
        self._functions = None

    def unpack(self, form, offset):
        return struct.unpack_from(self.order + form, self.data, offset)

    def text(self, offset):
        return self.data[offset:self.data.index(b"\0", offset)].decode("utf-8", "replace")

    def section(self, name):
        for section in self.sections:
            if section.name == name:
                return section
        return None

    def symbols(self, name=".symtab"):
        """(name, value, size, type, section index) of each symbol."""
        table = self.section(name)
        if table is None or table.type == 8:
            return
        names = self.sections[table.link].offset
        for i in range(table.size // table.entry_size):
            at = table.offset + i * table.entry_size
            if self.is_wide:
                name_at, info, _, index, value, size = self.unpack("IBBHQQ", at)
            else:
                name_at, value, size, info, _, index = self.unpack("IIIBBH", at)
            yield self.text(names + name_at), value, size, info & 15, index

    def functions(self):
        """Sorted (start, end, name), ISA bits aside."""
        if self._functions is None:
            found = {}
            bit = 1 if self.machine in (8, 40) else 0
            for table in (".symtab", ".dynsym"):
                for name, value, size, kind, index in self.symbols(table):
                    if kind in (2, 10) and index != 0 and size > 0:
                        start = value & ~bit
                        if start not in found or size > found[start][0]:
                            found[start] = (size, name)
            self._functions = sorted((start, start + size, name) for start, (size, name) in found.items())
        return self._functions

    def function_containing(self, address):
        """(start, end, name) or None."""
        functions = self.functions()
        i = bisect.bisect_right(functions, (address, 1 << 64, ""))
        while i > 0 and functions[i - 1][0] > address - (1 << 20):
            if functions[i - 1][0] <= address < functions[i - 1][1]:
                return functions[i - 1]
            i -= 1
        return None

    def function_at(self, address):
        function = self.function_containing(address)
        return function[2] if function else "?"
