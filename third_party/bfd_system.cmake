# SPDX-License-Identifier: GPL-3.0-or-later
# The system's libbfd with all targets.

# Defines dumpalloc::bfd and sets `found`, if the library and its header are there.
function(bfd_find_system found)
	find_path(BFD_INCLUDE_DIR bfd.h)
	find_library(BFD_MULTIARCH_LIBRARY bfd-multiarch)
	mark_as_advanced(BFD_INCLUDE_DIR BFD_MULTIARCH_LIBRARY)
	set(${found} FALSE PARENT_SCOPE)
	if(NOT BFD_INCLUDE_DIR OR NOT BFD_MULTIARCH_LIBRARY)
		return()
	endif()
	add_library(dumpalloc::bfd UNKNOWN IMPORTED GLOBAL)
	set_target_properties(dumpalloc::bfd PROPERTIES
		IMPORTED_LOCATION "${BFD_MULTIARCH_LIBRARY}"
		INTERFACE_INCLUDE_DIRECTORIES "${BFD_INCLUDE_DIR}")
	message(STATUS "libbfd: ${BFD_MULTIARCH_LIBRARY}")
	set(${found} TRUE PARENT_SCOPE)
endfunction()
