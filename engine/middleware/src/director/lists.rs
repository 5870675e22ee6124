//! Doubly linked lists over a pool of fixed size: an item is in at most one list of a set.

const END: u32 = u32::MAX;

/// A set of lists.
#[derive(Debug)]
pub(super) struct Lists {
    /// First and last item of each list.
    ends: Box<[[u32; 2]]>,
    /// Item before and after each item.
    links: Box<[[u32; 2]]>,
}

impl Lists {
    pub(super) fn new(lists: usize, items: usize) -> Self {
        Self {
            ends: vec![[END; 2]; lists].into_boxed_slice(),
            links: vec![[END; 2]; items].into_boxed_slice(),
        }
    }

    /// The first item of a list.
    pub(super) fn first(&self, list: usize) -> Option<u32> {
        some(self.ends[list][0])
    }

    /// The item after `item` in its list.
    pub(super) fn next(&self, item: u32) -> Option<u32> {
        some(self.links[item as usize][1])
    }

    /// Puts an item that is in no list at the end of one.
    pub(super) fn push(&mut self, list: usize, item: u32) {
        let last = self.ends[list][1];
        self.links[item as usize] = [last, END];
        match some(last) {
            Some(last) => self.links[last as usize][1] = item,
            None => self.ends[list][0] = item,
        }
        self.ends[list][1] = item;
    }

    /// Takes an item out of the list it is in.
    pub(super) fn remove(&mut self, list: usize, item: u32) {
        let [before, after] = self.links[item as usize];
        match some(before) {
            Some(before) => self.links[before as usize][1] = after,
            None => self.ends[list][0] = after,
        }
        match some(after) {
            Some(after) => self.links[after as usize][0] = before,
            None => self.ends[list][1] = before,
        }
        self.links[item as usize] = [END; 2];
    }
}

fn some(item: u32) -> Option<u32> {
    (item != END).then_some(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(lists: &Lists, list: usize) -> Vec<u32> {
        std::iter::successors(lists.first(list), |item| lists.next(*item)).collect()
    }

    #[test]
    fn items_leave_from_anywhere() {
        let mut lists = Lists::new(2, 8);
        for item in [3, 1, 4, 5] {
            lists.push(0, item);
        }
        lists.push(1, 2);
        for (gone, left) in [(1, &[3, 4, 5][..]), (5, &[3, 4]), (3, &[4]), (4, &[])] {
            lists.remove(0, gone);
            assert_eq!(items(&lists, 0), left);
        }
        lists.push(0, 1);
        assert_eq!(items(&lists, 0), [1]);
        assert_eq!(items(&lists, 1), [2]);
    }
}
